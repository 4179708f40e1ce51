// The schema, as numbered steps. A step that was released is never changed: add another.
#pragma once

#include <array>
#include <string_view>

namespace verge::hub {

inline constexpr std::array<std::string_view, 2> kMigrations = {R"sql(
CREATE TABLE operators(
  token_hash TEXT PRIMARY KEY, name TEXT NOT NULL, created_at INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE enrolment_tokens(
  token_hash TEXT PRIMARY KEY, group_name TEXT NOT NULL, uses_left INTEGER NOT NULL CHECK(uses_left >= 0),
  expires_at INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE devices(
  id TEXT PRIMARY KEY, name TEXT NOT NULL, group_name TEXT NOT NULL, fingerprint TEXT NOT NULL,
  enrolled_at INTEGER NOT NULL, last_seen INTEGER, removed_at INTEGER,
  reported TEXT NOT NULL DEFAULT '', revision INTEGER NOT NULL DEFAULT 1) WITHOUT ROWID;
CREATE INDEX devices_by_group ON devices(group_name) WHERE removed_at IS NULL;

CREATE TABLE publishers(
  keyid TEXT PRIMARY KEY, public TEXT NOT NULL, name TEXT NOT NULL, created_at INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE releases(
  app TEXT NOT NULL, version INTEGER NOT NULL, manifest_digest TEXT NOT NULL, manifest_size INTEGER NOT NULL,
  keyid TEXT NOT NULL, size_bytes INTEGER NOT NULL, created_at INTEGER NOT NULL,
  PRIMARY KEY(app, version)) WITHOUT ROWID;

CREATE TABLE deployments(
  number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, app TEXT NOT NULL, version INTEGER NOT NULL,
  group_name TEXT NOT NULL, created_at INTEGER NOT NULL, superseded INTEGER NOT NULL DEFAULT 0,
  FOREIGN KEY(app, version) REFERENCES releases(app, version));
CREATE INDEX deployments_in_force ON deployments(group_name, app) WHERE superseded = 0;

CREATE TABLE deployment_devices(
  deployment TEXT NOT NULL REFERENCES deployments(id), device TEXT NOT NULL REFERENCES devices(id),
  state TEXT NOT NULL DEFAULT 'pending', detail TEXT NOT NULL DEFAULT '', updated_at INTEGER NOT NULL,
  PRIMARY KEY(deployment, device)) WITHOUT ROWID;
CREATE INDEX deployment_devices_by_device ON deployment_devices(device);

CREATE TABLE events(
  cursor INTEGER PRIMARY KEY AUTOINCREMENT, device TEXT NOT NULL, epoch INTEGER NOT NULL, seq INTEGER NOT NULL,
  app TEXT NOT NULL, version INTEGER NOT NULL, priority TEXT NOT NULL, kind TEXT NOT NULL,
  time_ms INTEGER NOT NULL, media_ms INTEGER NOT NULL, data TEXT NOT NULL, received_ms INTEGER NOT NULL,
  UNIQUE(device, epoch, seq));
CREATE INDEX events_by_priority ON events(priority, received_ms);
CREATE TABLE event_progress(
  device TEXT NOT NULL, epoch INTEGER NOT NULL, acknowledged INTEGER NOT NULL,
  PRIMARY KEY(device, epoch)) WITHOUT ROWID;

CREATE TABLE blobs(
  repository TEXT NOT NULL, digest TEXT NOT NULL, size_bytes INTEGER NOT NULL,
  PRIMARY KEY(repository, digest)) WITHOUT ROWID;
CREATE TABLE manifests(
  repository TEXT NOT NULL, digest TEXT NOT NULL, media_type TEXT NOT NULL, artifact_type TEXT NOT NULL,
  subject TEXT NOT NULL, size_bytes INTEGER NOT NULL, annotations TEXT NOT NULL,
  PRIMARY KEY(repository, digest)) WITHOUT ROWID;
CREATE INDEX manifests_by_subject ON manifests(repository, subject) WHERE subject <> '';
CREATE TABLE tags(
  repository TEXT NOT NULL, tag TEXT NOT NULL, digest TEXT NOT NULL,
  PRIMARY KEY(repository, tag)) WITHOUT ROWID;
)sql",
                                                                R"sql(
DROP TABLE publishers;  -- the TUF repository says who may publish
)sql"};

}  // namespace verge::hub
