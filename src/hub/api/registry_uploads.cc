// The registry's uploads: POST -> PATCH* -> PUT, or all in one request.
#include "hub/api/registry_uploads.h"

#include <charconv>

#include "hub/api/routes.h"
#include "proto/names.h"
#include "sys/crypto/hash.h"

namespace verge::hub {
namespace {

std::string LocationOf(const Upload& upload) { return "/v2/" + upload.repository + "/blobs/uploads/" + upload.id; }

// Where an upload stands: the answer to POST, PATCH and GET.
Answer ShowUpload(const Call& call, int status) {
  sys::http::Response response;
  response.status = status;
  const uint64_t size = call.upload->file.size_bytes();
  response.headers.Set("Location", LocationOf(*call.upload));
  response.headers.Set("Range", "0-" + std::to_string(size == 0 ? 0 : size - 1));
  response.headers.Set("Docker-Upload-UUID", call.upload->id);
  return response;
}

// "START-END" of a Content-Range header, which must go on where the upload ends.
Status CheckContentRange(std::string_view header, const Upload& upload) {
  if (header.empty()) return Status::Ok();
  uint64_t start = 0;
  const auto [end, error] = std::from_chars(header.data(), header.data() + header.size(), start);
  const bool parsed = error == std::errc() && end != header.data() + header.size() && *end == '-';
  if (parsed && start == upload.file.size_bytes()) return Status::Ok();
  return VERGE_ERROR(kFailedPrecondition,
                     "Content-Range must begin at byte " + std::to_string(upload.file.size_bytes()));
}

// Finishes the upload as `digest` and answers.
Result<Answer> Complete(Call& call, const std::string& digest) {
  Services& services = call.services;
  const std::string repository = call.upload->repository;
  const auto size = static_cast<int64_t>(call.upload->file.size_bytes());
  if (!sys::IsDigestName(digest)) {
    services.blobs->Drop(*call.upload);
    return Answer(OciProblem(400, "DIGEST_INVALID", "query parameter digest: expected sha256: and 64 hex digits"));
  }
  const Status finished = services.blobs->Finish(*call.upload, digest);
  if (finished.code() == StatusCode::kInvalidArgument)
    return Answer(OciProblem(400, "DIGEST_INVALID", finished.message()));
  VERGE_TRY(Status(finished));
  VERGE_TRY(call.store().AddBlob(repository, digest, size));
  sys::http::Response response;
  response.status = 201;
  response.headers.Set("Location", "/v2/" + repository + "/blobs/" + digest);
  response.headers.Set("Docker-Content-Digest", digest);
  return Answer(std::move(response));
}

}  // namespace

Result<std::shared_ptr<Upload>> OpenUpload(const Call& call, const sys::http::Request& head, bool is_new) {
  const std::string& repository = call.params[0];
  if (!proto::IsName(repository)) {
    return VERGE_ERROR(kInvalidArgument, "a repository is an app's name: a-z, 0-9 and -, at most 63 characters");
  }
  BlobStore& blobs = *call.services.blobs;
  const int64_t now_ms = call.services.clock->MonotonicMs();
  if (is_new) return blobs.Start(repository, now_ms);
  VERGE_TRY_ASSIGN(std::shared_ptr<Upload> upload, blobs.Acquire(repository, call.params[1], now_ms));
  const Status range = CheckContentRange(head.headers.Find("Content-Range"), *upload);
  if (!range.ok()) {
    blobs.Release(*upload);
    return Status(range);
  }
  return upload;
}

sys::http::Response UploadProblem(const Status& status, const Services& services) {
  switch (status.code()) {
    case StatusCode::kInvalidArgument: return OciProblem(400, "NAME_INVALID", status.message());
    case StatusCode::kNotFound: return OciProblem(404, "BLOB_UPLOAD_UNKNOWN", status.message());
    case StatusCode::kAborted: return OciProblem(409, "BLOB_UPLOAD_INVALID", status.message());
    case StatusCode::kFailedPrecondition: return OciProblem(416, "BLOB_UPLOAD_INVALID", status.message());
    case StatusCode::kResourceExhausted: return OciProblem(429, "TOOMANYREQUESTS", status.message());
    default: return ProblemOf(status, services);
  }
}

Result<Answer> StartUpload(Call& call) {
  if (call.request.Query("digest")) return Complete(call, call.Query("digest"));
  return ShowUpload(call, 202);
}

Result<Answer> GetUpload(Call& call) { return ShowUpload(call, 204); }

Result<Answer> PatchUpload(Call& call) { return ShowUpload(call, 202); }

Result<Answer> FinishUpload(Call& call) { return Complete(call, call.Query("digest")); }

Result<Answer> DropUpload(Call& call) {
  call.services.blobs->Drop(*call.upload);
  return Empty(204);
}

}  // namespace verge::hub
