CREATE UNIQUE INDEX "rooms_by_key_first" ON "rooms" USING btree ("key","tenant");--> statement-breakpoint
DROP INDEX "rooms_by_key";