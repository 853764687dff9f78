ALTER TABLE `rooms` ADD `deleted_at` integer;--> statement-breakpoint
ALTER TABLE `rooms` ADD `emptied_at` integer;--> statement-breakpoint
CREATE INDEX `rooms_deleted` ON `rooms` (`tenant`,`id`) WHERE "rooms"."deleted_at" IS NOT NULL AND "rooms"."emptied_at" IS NULL;