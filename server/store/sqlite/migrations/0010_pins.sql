ALTER TABLE `messages` ADD `pinned_by` text;--> statement-breakpoint
ALTER TABLE `messages` ADD `pinned_at` integer;--> statement-breakpoint
CREATE INDEX `messages_pinned` ON `messages` (`room`,`pinned_at`) WHERE "messages"."pinned_at" IS NOT NULL;