CREATE TABLE "usage" (
	"tenant" text COLLATE "C" NOT NULL,
	"user" text COLLATE "C" NOT NULL,
	"what" text NOT NULL,
	"since" bigint NOT NULL,
	"used" bigint NOT NULL,
	CONSTRAINT "usage_tenant_user_what_pk" PRIMARY KEY("tenant","user","what")
);
