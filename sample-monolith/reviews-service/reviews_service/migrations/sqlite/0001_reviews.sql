-- What the service owns. id is its own key; number is the one that clients know.
-- Times are text in UTC without a zone and booleans are 0 and 1, as Django writes them.

CREATE TABLE review (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    product_id INTEGER NOT NULL,
    author_id INTEGER NOT NULL,
    author_name TEXT NOT NULL,
    author_email TEXT NOT NULL,
    ip_address TEXT,
    stars INTEGER NOT NULL CONSTRAINT review_stars_1_to_5 CHECK (stars BETWEEN 1 AND 5),
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    status TEXT NOT NULL,
    verified_purchase INTEGER NOT NULL DEFAULT 0,
    helpful_count INTEGER NOT NULL DEFAULT 0,
    flag_count INTEGER NOT NULL DEFAULT 0 CONSTRAINT review_flags_not_negative CHECK (flag_count >= 0),
    moderator_id INTEGER,
    moderated_at TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    deleted_at TEXT
);

CREATE INDEX review_by_product ON review (product_id, status, created_at DESC);
CREATE INDEX review_by_author ON review (author_id);
CREATE INDEX review_by_status ON review (status);
CREATE INDEX review_by_moderator ON review (moderator_id);
CREATE INDEX review_by_created ON review (created_at);

CREATE TABLE vote (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    review_id TEXT NOT NULL REFERENCES review (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    voter_id INTEGER NOT NULL,
    value INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    CONSTRAINT one_vote_per_voter UNIQUE (review_id, voter_id)
);

CREATE INDEX vote_by_voter ON vote (voter_id);

-- Replicas of the monolith's rows. They arrive in any order, so nothing refers to them.

CREATE TABLE product (
    id INTEGER PRIMARY KEY,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    on_sale INTEGER NOT NULL
);

CREATE INDEX product_by_slug ON product (slug);

CREATE TABLE customer (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL
);

CREATE TABLE purchase (
    id INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL,
    product_id INTEGER NOT NULL
);

CREATE INDEX purchase_by_customer ON purchase (customer_id, product_id);
