#include "base/status.h"

namespace verge {

const char* StatusCodeName(StatusCode code) {
  switch (code) {
    case StatusCode::kOk: return "ok";
    case StatusCode::kInvalidArgument: return "invalid argument";
    case StatusCode::kUnsupported: return "unsupported";
    case StatusCode::kDataLoss: return "data loss";
    case StatusCode::kNotFound: return "not found";
    case StatusCode::kAlreadyExists: return "already exists";
    case StatusCode::kPermission: return "permission denied";
    case StatusCode::kFailedPrecondition: return "failed precondition";
    case StatusCode::kResourceExhausted: return "resource exhausted";
    case StatusCode::kUnavailable: return "unavailable";
    case StatusCode::kDeadline: return "deadline exceeded";
    case StatusCode::kCancelled: return "cancelled";
    case StatusCode::kAborted: return "aborted";
    case StatusCode::kInternal: return "internal error";
  }
  return "unknown";
}

#if VERGE_STATUS_DETAIL >= 1
Status::Status(StatusCode code, const char* literal, const char* file, int line)
    : code_(code), line_(line), literal_(literal), file_(file) {}
const char* Status::file() const { return file_; }
int Status::line() const { return line_; }
#else
Status::Status(StatusCode code, const char* /*literal*/, const char* /*file*/, int /*line*/) : code_(code) {}
const char* Status::file() const { return ""; }
int Status::line() const { return 0; }
#endif

#if VERGE_STATUS_DETAIL >= 2
Status::Status(StatusCode code, std::string message, const char* file, int line)
    : code_(code), line_(line), file_(file), text_(std::make_unique<std::string>(std::move(message))) {}

Status::Status(const Status& other)
    : code_(other.code_),
      line_(other.line_),
      literal_(other.literal_),
      file_(other.file_),
      text_(other.text_ ? std::make_unique<std::string>(*other.text_) : nullptr) {}

Status& Status::operator=(const Status& other) {
  if (this != &other) *this = Status(other);
  return *this;
}

std::string_view Status::message() const { return text_ ? std::string_view(*text_) : std::string_view(literal_); }

Status Status::WithContext(std::string_view context) && {
  if (!ok()) {
    std::string text(context);
    text += ": ";
    text += message();
    text_ = std::make_unique<std::string>(std::move(text));
  }
  return std::move(*this);
}
#else
Status::Status(const Status& other) = default;
Status& Status::operator=(const Status& other) = default;
Status Status::WithContext(std::string_view /*context*/) && { return std::move(*this); }
#if VERGE_STATUS_DETAIL >= 1
std::string_view Status::message() const { return literal_; }
#else
std::string_view Status::message() const { return {}; }
#endif
#endif

std::string Status::ToString() const {
  if (ok()) return "ok";
  std::string out = StatusCodeName(code_);
  if (!message().empty()) {
    out += ": ";
    out += message();
  }
  return out;
}

}  // namespace verge
