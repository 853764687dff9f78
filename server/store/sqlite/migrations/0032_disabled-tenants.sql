ALTER TABLE `tenants` ADD `disabled_at` integer;--> statement-breakpoint
ALTER TABLE `tenants` ADD `enabled_at` integer;