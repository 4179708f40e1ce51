// How every fallible function of Verge reports: Status (done or why not) and Result<T> (a value or why not).
//
// Codes say what the caller should do next; the message says what was wrong, where, and what to do about it.
// Neither type converts to bool: write `if (!s.ok())`, or VERGE_TRY / VERGE_TRY_ASSIGN.
//
// Detail    VERGE_STATUS_DETAIL (one value for a whole build) decides what a Status carries:
//           0 code only; 1 code + literal message + file:line; 2 (hosts) also formatted text and a context chain.
// Memory    levels 0 and 1 never touch the heap; level 2 allocates on failure only. Ok costs one byte compare.
// Threads   values; no shared state.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#ifndef VERGE_STATUS_DETAIL
#define VERGE_STATUS_DETAIL 2
#endif

namespace verge {

enum class StatusCode : uint8_t {
  kOk = 0,
  kInvalidArgument,     // the caller's fault: change the request; a retry cannot help
  kUnsupported,         // well formed, but this build or device cannot do it
  kDataLoss,            // bytes are corrupt, truncated or forged; a retry of the same bytes cannot help
  kNotFound,            // the named thing does not exist
  kAlreadyExists,       // the named thing exists and differs
  kPermission,          // credentials are missing or insufficient
  kFailedPrecondition,  // stop until some state has been fixed
  kResourceExhausted,   // out of memory, disk, quota or a size limit
  kUnavailable,         // retry later, with backoff
  kDeadline,            // took too long
  kCancelled,           // somebody asked to stop
  kAborted,             // lost a race: restart the transaction
  kInternal,            // a bug in Verge
};

// "invalid argument", "data loss", ...: stable words for people and logs.
const char* StatusCodeName(StatusCode code);

class [[nodiscard]] Status {
 public:
  Status() = default;  // ok
  // `literal` must have static storage.
  Status(StatusCode code, const char* literal, const char* file, int line);
  Status(const Status& other);
  Status& operator=(const Status& other);
  Status(Status&&) noexcept = default;
  Status& operator=(Status&&) noexcept = default;
  ~Status() = default;

  static Status Ok() { return {}; }

  bool ok() const { return code_ == StatusCode::kOk; }
  StatusCode code() const { return code_; }
  // The message without code and location; "" when ok. Context is prepended, outermost first: "a: b: c".
  std::string_view message() const;
  // Where the failure was first reported; "" and 0 when unknown.
  const char* file() const;
  int line() const;
  // "data loss: model.vg: truncated at byte 12"; for people. "ok" when ok.
  std::string ToString() const;

  // Prepends "context: " to the message (level 2; elsewhere returns itself unchanged). No effect when ok.
  Status WithContext(std::string_view context) &&;

#if VERGE_STATUS_DETAIL >= 2
  Status(StatusCode code, std::string message, const char* file, int line);
#endif

 private:
  StatusCode code_ = StatusCode::kOk;
#if VERGE_STATUS_DETAIL >= 1
  int line_ = 0;
  const char* literal_ = "";
  const char* file_ = "";
#endif
#if VERGE_STATUS_DETAIL >= 2
  std::unique_ptr<std::string> text_;  // overrides literal_ when set
#endif
};

// A value, or the Status that says why there is none. Never holds an ok Status.
template <typename T>
class [[nodiscard]] Result {
  static_assert(!std::is_reference_v<T> && !std::is_same_v<std::remove_cv_t<T>, Status>);

 public:
  Result(T value) : value_(std::move(value)) {}         // NOLINT(google-explicit-constructor): `return value;`
  Result(Status status) : status_(std::move(status)) {  // NOLINT(google-explicit-constructor): `return status;`
    if (status_.ok()) std::abort();                     // a bug of ours: an ok Status carries no value
  }

  bool ok() const { return value_.has_value(); }
  const Status& status() const& { return status_; }
  Status status() && { return std::move(status_); }
  StatusCode code() const { return status_.code(); }

  // Only after ok() was seen to be true.
  T& value() & { return *value_; }
  const T& value() const& { return *value_; }
  T&& value() && { return *std::move(value_); }
  T& operator*() & { return *value_; }
  const T& operator*() const& { return *value_; }
  T&& operator*() && { return *std::move(value_); }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }

 private:
  std::optional<T> value_;
  Status status_;
};

}  // namespace verge

// Builds a Status at this place. `text` is a string literal, or (level 2 builds only) a std::string.
#define VERGE_ERROR(code, text) ::verge::Status(::verge::StatusCode::code, text, __FILE__, __LINE__)

// Returns from the enclosing function when `expr` (a Status) is not ok.
#define VERGE_TRY(expr)                        \
  do {                                         \
    ::verge::Status verge_try_status = (expr); \
    if (!verge_try_status.ok()) {              \
      return verge_try_status;                 \
    }                                          \
  } while (false)

#define VERGE_CONCAT_INNER(a, b) a##b
#define VERGE_CONCAT(a, b) VERGE_CONCAT_INNER(a, b)

// `VERGE_TRY_ASSIGN(auto x, F());` declares x from a Result, or returns its Status.
#define VERGE_TRY_ASSIGN(declaration, expr) \
  VERGE_TRY_ASSIGN_INNER(VERGE_CONCAT(verge_result_, __LINE__), declaration, expr)
#define VERGE_TRY_ASSIGN_INNER(result, declaration, expr) \
  auto result = (expr);                                   \
  if (!result.ok()) {                                     \
    return std::move(result).status();                    \
  }                                                       \
  declaration = std::move(result).value()

// Checks that can only fail through a bug of ours, never through bytes we received. Compiled out with NDEBUG.
#ifdef NDEBUG
#define VERGE_DCHECK(condition) \
  do {                          \
  } while (false)
#else
#define VERGE_DCHECK(condition)     \
  do {                              \
    if (!(condition)) std::abort(); \
  } while (false)
#endif
