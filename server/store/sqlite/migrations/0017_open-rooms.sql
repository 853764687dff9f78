ALTER TABLE `rooms` ADD `joining` text;--> statement-breakpoint
ALTER TABLE `rooms` ADD `crowd_order` integer GENERATED ALWAYS AS (-member_count) VIRTUAL;--> statement-breakpoint
ALTER TABLE `rooms` ADD `name_order` text GENERATED ALWAYS AS (coalesce(name, '')) VIRTUAL;--> statement-breakpoint
CREATE INDEX `rooms_open` ON `rooms` (`tenant`,`crowd_order`,`name_order`,`id`) WHERE "rooms"."joining" IS NOT NULL AND "rooms"."deleted_at" IS NULL;