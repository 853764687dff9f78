ALTER TABLE `users` ADD `merged_into` text;--> statement-breakpoint
CREATE INDEX `users_merged` ON `users` (`tenant`,`merged_into`) WHERE "users"."merged_into" IS NOT NULL;