// The OCI distribution API: blobs, manifests, tags, referrers.
#include <nlohmann/json.hpp>

#include "hub/api/routes.h"
#include "hub/registry/manifest_info.h"
#include "proto/json.h"
#include "proto/names.h"
#include "sys/crypto/hash.h"

namespace verge::hub {
namespace {

Answer NameUnknown() {
  return OciProblem(404, "NAME_UNKNOWN", "a repository is an app's name: a-z, 0-9 and -, at most 63 characters");
}

Answer ManifestUnknown(const Call& call) {
  return OciProblem(404, "MANIFEST_UNKNOWN", "there is no manifest " + call.params[1] + " in " + call.params[0]);
}

// A file of the blob store; the server adds ranges.
Answer ShowBlob(const Call& call, const std::string& digest, const std::string& media_type, int64_t size) {
  sys::http::Response response;
  response.headers.Set("Content-Type", media_type);
  response.headers.Set("Docker-Content-Digest", digest);
  response.headers.Set("ETag", "\"" + digest + "\"");
  response.file = sys::http::FileBody{call.services.blobs->PathOf(digest), static_cast<uint64_t>(size)};
  return response;
}

// Every blob and manifest it names is in the repository.
Result<std::optional<std::string>> FindMissing(const Call& call, const ManifestInfo& info) {
  const std::string& repository = call.params[0];
  for (const std::string& digest : info.blobs) {
    VERGE_TRY_ASSIGN(const std::optional<int64_t> size, call.store().FindBlob(repository, digest));
    if (!size) return std::optional<std::string>(digest);
  }
  for (const std::string& digest : info.manifests) {
    VERGE_TRY_ASSIGN(const std::optional<ManifestRow> row, call.store().FindManifest(repository, digest));
    if (!row) return std::optional<std::string>(digest);
  }
  return std::optional<std::string>();
}

Answer PutManifestAnswer(const Call& call, const ManifestRow& row) {
  sys::http::Response response;
  response.status = 201;
  response.headers.Set("Location", "/v2/" + call.params[0] + "/manifests/" + row.digest);
  response.headers.Set("Docker-Content-Digest", row.digest);
  if (!row.subject.empty()) response.headers.Set("OCI-Subject", row.subject);
  return response;
}

}  // namespace

Result<Answer> PingRegistry(Call& /*call*/) {
  Answer answer = Json(200, "{}");
  answer->headers.Set("Docker-Distribution-API-Version", "registry/2.0");
  return answer;
}

Result<Answer> GetBlob(Call& call) {
  if (!proto::IsName(call.params[0])) return NameUnknown();
  const std::string& digest = call.params[1];
  if (!sys::IsDigestName(digest)) {
    return Answer(OciProblem(400, "DIGEST_INVALID", "a blob is named by sha256: and 64 hex digits"));
  }
  VERGE_TRY_ASSIGN(const std::optional<int64_t> size, call.store().FindBlob(call.params[0], digest));
  if (!size) return Answer(OciProblem(404, "BLOB_UNKNOWN", "there is no blob " + digest + " in " + call.params[0]));
  return ShowBlob(call, digest, "application/octet-stream", *size);
}

Result<Answer> GetManifest(Call& call) {
  if (!proto::IsName(call.params[0])) return NameUnknown();
  if (!sys::IsDigestName(call.params[1]) && !IsTag(call.params[1])) return ManifestUnknown(call);
  VERGE_TRY_ASSIGN(const std::optional<ManifestRow> row, call.store().FindManifest(call.params[0], call.params[1]));
  if (!row) return ManifestUnknown(call);
  return ShowBlob(call, row->digest, row->media_type, row->size_bytes);
}

Result<Answer> PutManifest(Call& call) {
  if (!proto::IsName(call.params[0])) return NameUnknown();
  const std::string& reference = call.params[1];
  const std::string& bytes = call.request.body;
  const std::string digest = sys::DigestNameOf(bytes);
  const bool by_digest = sys::IsDigestName(reference);
  if (by_digest && reference != digest) {
    return Answer(OciProblem(400, "DIGEST_INVALID", "the manifest's digest is " + digest + ", not " + reference));
  }
  if (!by_digest && !IsTag(reference)) {
    return Answer(OciProblem(400, "MANIFEST_INVALID", "'" + reference + "' is neither a tag nor a digest"));
  }
  const Result<ManifestInfo> info = ReadManifestInfo(bytes, call.request.headers.Find("Content-Type"));
  if (!info.ok()) return Answer(OciProblem(400, "MANIFEST_INVALID", info.status().message()));
  VERGE_TRY_ASSIGN(const std::optional<std::string> missing, FindMissing(call, *info));
  if (missing) {
    return Answer(
        OciProblem(400, "MANIFEST_BLOB_UNKNOWN", *missing + " is not in " + call.params[0] + ": push it first"));
  }
  VERGE_TRY(call.services.blobs->Put(digest, bytes));
  const ManifestRow row{digest,
                        info->media_type,
                        info->artifact_type,
                        info->subject,
                        static_cast<int64_t>(bytes.size()),
                        info->annotations_json};
  VERGE_TRY(call.store().AddManifest(call.params[0], row, by_digest ? "" : reference));
  return PutManifestAnswer(call, row);
}

Result<Answer> ListTags(Call& call) {
  if (!proto::IsName(call.params[0])) return NameUnknown();
  VERGE_TRY_ASSIGN(const int64_t count, QueryInt(call, "n", 10000, 0, 10000));
  const std::string last = call.Query("last");
  VERGE_TRY_ASSIGN(const std::vector<std::string> all, call.store().ListTags(call.params[0]));
  nlohmann::json tags = nlohmann::json::array();
  for (const std::string& tag : all) {
    if (static_cast<int64_t>(tags.size()) < count && tag > last) tags.push_back(tag);
  }
  return Json(200, proto::DumpJson({{"name", call.params[0]}, {"tags", tags}}));
}

Result<Answer> ListReferrers(Call& call) {
  if (!proto::IsName(call.params[0])) return NameUnknown();
  if (!sys::IsDigestName(call.params[1])) {
    return Answer(OciProblem(400, "DIGEST_INVALID", "a subject is named by sha256: and 64 hex digits"));
  }
  const std::string wanted_type = call.Query("artifactType");
  VERGE_TRY_ASSIGN(const std::vector<ManifestRow> rows, call.store().ListReferrers(call.params[0], call.params[1]));
  nlohmann::json manifests = nlohmann::json::array();
  for (const ManifestRow& row : rows) {
    if (!wanted_type.empty() && row.artifact_type != wanted_type) continue;
    nlohmann::json entry = {{"mediaType", row.media_type}, {"digest", row.digest}, {"size", row.size_bytes}};
    if (!row.artifact_type.empty()) entry["artifactType"] = row.artifact_type;
    VERGE_TRY_ASSIGN(nlohmann::json annotations, proto::ParseJson(row.annotations_json));
    if (!annotations.empty()) entry["annotations"] = std::move(annotations);
    manifests.push_back(std::move(entry));
  }
  const nlohmann::json index = {
      {"schemaVersion", 2}, {"mediaType", "application/vnd.oci.image.index.v1+json"}, {"manifests", manifests}};
  Answer answer = Json(200, proto::DumpJson(index));
  answer->headers.Set("Content-Type", "application/vnd.oci.image.index.v1+json");
  if (!wanted_type.empty()) answer->headers.Set("OCI-Filters-Applied", "artifactType");
  return answer;
}

}  // namespace verge::hub
