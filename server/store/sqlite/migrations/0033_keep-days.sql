ALTER TABLE `rooms` ADD `keep_days` integer;--> statement-breakpoint
CREATE INDEX `rooms_keeping` ON `rooms` (`tenant`,`id`) WHERE "rooms"."keep_days" IS NOT NULL AND "rooms"."deleted_at" IS NULL;