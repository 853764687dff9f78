CREATE TABLE "idempotency" (
	"tenant" text COLLATE "C" NOT NULL,
	"key" text COLLATE "C" NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"fingerprint" text NOT NULL,
	"at" bigint NOT NULL,
	"status" bigint,
	"body" text,
	CONSTRAINT "idempotency_tenant_key_name_pk" PRIMARY KEY("tenant","key","name")
);
--> statement-breakpoint
CREATE INDEX "idempotency_by_time" ON "idempotency" USING btree ("at");