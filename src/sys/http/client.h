// A blocking HTTPS client for one server: what the agent and the command line tool use.
//
// Trust     the server must prove its name against `ca_pem`, or (before the CA is known: enrolment) against the one
//           certificate in the chain it presents whose SHA-256 starts with `ca_pin_hex`. There is no way to switch
//           the check off.
// Threads   one request at a time; Cancel may be called from any thread.
// Reuse     the connection stays open between requests and is opened anew when the server has closed it.
// Errors    kUnavailable the server is not there, or the connection was cut: retry with backoff | kDeadline a timeout
// ran
//           out: the same | kPermission the server's or our certificate was refused | kCancelled | what a sink returned
//           | kDataLoss the answer is not HTTP | kResourceExhausted an answer larger than max_body_bytes.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"
#include "sys/http/message.h"

namespace verge::sys::http {

struct ClientConfig {
  std::string url;              // "https://host:port"; a path is refused
  std::string ca_pem;           // one or more certificates
  std::string ca_pin_hex;       // instead of ca_pem: at least 32 hex digits
  std::string certificate_pem;  // our own; "" for none
  std::string key_pem;
  std::chrono::milliseconds connect_timeout{10000};  // resolve + connect + TLS
  std::chrono::milliseconds io_timeout{30000};       // for each piece sent or received
};

struct ClientRequest {
  Method method = Method::kGet;
  std::string target;  // "/path?query", percent-encoded already
  Headers headers;     // Host, Content-Length and Connection are the client's
  std::string body;
  std::string body_file;  // instead of body: a file sent as it is
  // A body's bytes go here when the status is 2xx; otherwise into ClientResponse::body. An error from it ends the
  // request and is returned. The second argument is the position of the bytes in the whole thing.
  std::function<Status(std::span<const uint8_t> bytes, uint64_t offset)> sink;
  uint64_t range_start = 0;                                 // > 0: ask for "bytes=N-"
  uint64_t max_body_bytes = 8 * 1024 * 1024;                // for bodies kept in memory
  std::optional<std::chrono::milliseconds> answer_timeout;  // wait this long for the first byte (long poll)
};

struct ClientResponse {
  int status = 0;
  Headers headers;
  std::string body;
  uint64_t offset = 0;  // where a ranged body begins: 0 when the server sent the whole thing in spite of Range
};

class Client {
 public:
  // Does not connect yet. kInvalidArgument: a bad URL, certificate or key.
  static Result<std::unique_ptr<Client>> Open(const ClientConfig& config);
  virtual ~Client() = default;

  // Any status the server answers with is a response.
  virtual Result<ClientResponse> Send(const ClientRequest& request) = 0;
  // Makes a Send under way return kCancelled, and every later one too.
  virtual void Cancel() = 0;
};

// Ok for 1xx to 3xx. Otherwise a Status whose message has the `detail` of a problem+json body:
// 400, 405, 415, 422 kInvalidArgument | 401, 403 kPermission | 404, 410 kNotFound | 408, 504 kDeadline |
// 409 kAlreadyExists | 412, 416, 428 kFailedPrecondition | 413, 431, 507 kResourceExhausted |
// 429, 500, 502, 503 kUnavailable | others kInternal.
Status StatusOf(const ClientResponse& response);

// Send, then StatusOf.
Result<ClientResponse> SendOk(Client& client, const ClientRequest& request);

// Percent-encodes everything but unreserved characters: for one path segment or query value.
std::string EncodeComponent(std::string_view text);

}  // namespace verge::sys::http
