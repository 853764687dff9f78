ALTER TABLE `rooms` ADD `cleared_at` integer;--> statement-breakpoint
CREATE INDEX `rooms_uncleared` ON `rooms` (`tenant`,`id`) WHERE "rooms"."deleted_at" IS NOT NULL AND "rooms"."cleared_at" IS NULL;