CREATE TABLE "sign_outs" (
	"tenant" text COLLATE "C" NOT NULL,
	"user" text COLLATE "C" NOT NULL,
	"at" bigint NOT NULL,
	"tokens_from" bigint,
	"is_disabled" boolean NOT NULL,
	"is_enabled" boolean NOT NULL,
	CONSTRAINT "sign_outs_tenant_user_pk" PRIMARY KEY("tenant","user")
);
--> statement-breakpoint
CREATE INDEX "sign_outs_by_time" ON "sign_outs" USING btree ("at");--> statement-breakpoint
CREATE INDEX "sign_outs_disabled" ON "sign_outs" USING btree ("at") WHERE "sign_outs"."is_disabled";