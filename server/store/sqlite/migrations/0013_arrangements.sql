ALTER TABLE `members` ADD `muted_until` integer;--> statement-breakpoint
ALTER TABLE `members` ADD `mute_mentions` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `members` ADD `pinned_at` integer;--> statement-breakpoint
ALTER TABLE `members` ADD `archived_seq` integer;--> statement-breakpoint
ALTER TABLE `members` ADD `unread_from` integer;--> statement-breakpoint
ALTER TABLE `members` ADD `arranged_rev` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `members_pinned` ON `members` (`tenant`,`user`,`pinned_at`) WHERE "members"."pinned_at" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `members_archived` ON `members` (`tenant`,`user`) WHERE "members"."archived_seq" IS NOT NULL;