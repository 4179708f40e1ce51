#include "backend/onnxruntime/library.h"

#include <cstdlib>
#include <vector>

#include "sys/library/shared_library.h"

namespace verge::backend {
namespace {

constexpr const char* kHint =
    ". The backend wants the library of ONNX Runtime 1.14 or newer: give its path with --ort-library or in "
    "VERGE_ONNXRUNTIME. docs/guide/backends.md says where to get one";

std::vector<std::string> NamesToTry(const std::string& path) {
  if (!path.empty()) return {path};
  const char* const from_environment = std::getenv("VERGE_ONNXRUNTIME");
  if (from_environment != nullptr && *from_environment != '\0') return {from_environment};
  return {"libonnxruntime.so.1", "libonnxruntime.so"};
}

Result<sys::SharedLibrary> OpenFirst(const std::vector<std::string>& names) {
  Status first;
  for (const std::string& name : names) {
    Result<sys::SharedLibrary> library = sys::SharedLibrary::Open(name);
    if (library.ok()) return library;
    if (first.ok()) first = std::move(library).status();
  }
  return VERGE_ERROR(kNotFound, std::string(first.message()) + kHint);
}

// The library's words for what went wrong (its OrtErrorCode), as ours.
StatusCode CodeOf(int code) {
  constexpr int kInvalid = 2, kNoFile = 3, kBadProtobuf = 7, kNotImplemented = 9, kBadGraph = 10;
  switch (code) {
    case kInvalid: return StatusCode::kInvalidArgument;
    case kNoFile: return StatusCode::kNotFound;
    case kBadProtobuf:
    case kBadGraph: return StatusCode::kDataLoss;
    case kNotImplemented: return StatusCode::kUnsupported;
    default: return StatusCode::kFailedPrecondition;
  }
}

}  // namespace

Result<std::shared_ptr<const OrtLibrary>> OrtLibrary::Load(const std::string& path) {
  const std::vector<std::string> names = NamesToTry(path);
  VERGE_TRY_ASSIGN(const sys::SharedLibrary library, OpenFirst(names));
  using GetApiBase = const OrtApiBase* (*)();
  const auto get_base = reinterpret_cast<GetApiBase>(library.Find("OrtGetApiBase"));
  const OrtApiBase* const base = get_base != nullptr ? get_base() : nullptr;
  if (base == nullptr || base->GetApi == nullptr || base->GetVersionString == nullptr) {
    return VERGE_ERROR(kUnsupported, names[0] + " is not the library of ONNX Runtime: it has no OrtGetApiBase" + kHint);
  }
  const char* const version = base->GetVersionString();
  const OrtApi* const api = base->GetApi(kOrtApiVersion);
  if (api == nullptr) {
    return VERGE_ERROR(kUnsupported, names[0] + " is version " + (version != nullptr ? version : "?") +
                                         " of ONNX Runtime, which is too old" + kHint);
  }
  std::shared_ptr<OrtLibrary> loaded(new OrtLibrary(api, version != nullptr ? version : "?"));
  OrtEnv* env = nullptr;
  // What fails is told by a status: the library's own log would say it once more.
  VERGE_TRY(loaded->Check(api->CreateEnv(kOrtLogFatal, "verge", &env), "cannot start"));
  loaded->env_ = Env(env, api->ReleaseEnv);
  return std::shared_ptr<const OrtLibrary>(std::move(loaded));
}

Status OrtLibrary::Check(OrtStatus* status, const char* what) const {
  if (status == nullptr) return Status::Ok();
  const std::unique_ptr<OrtStatus, void (*)(OrtStatus*)> owner(status, api_->ReleaseStatus);
  const char* const message = api_->GetErrorMessage(status);
  std::string text = std::string("ONNX Runtime ") + what + ": " + (message != nullptr ? message : "no reason given");
  while (text.back() == '\n') text.pop_back();
  return Status(CodeOf(api_->GetErrorCode(status)), std::move(text), __FILE__, __LINE__);
}

}  // namespace verge::backend
