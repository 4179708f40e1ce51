// An HTTPS server: TLS 1.3, optional client certificates, keep-alive, files with ranges, bodies streamed to a sink, and
// answers that may come later from another thread (long poll).
//
// A request goes  headers -> Handler::Begin (how to take the body) -> body -> Handler::Handle -> Responder.
//
// Threads   Begin and Handle run on the server's threads, several at once; they may block for a short time (a database
//           write), never for long. A Responder may be used from any thread.
// Limits    all in ServerConfig; a request beyond them is answered (408, 413, 431) and its connection closed.
// Errors    Start: kInvalidArgument for bad certificates or addresses, kUnavailable when the port cannot be had.
//           After that every failure belongs to one connection and ends in an answer or in its close; so does an
//           exception of the handler, and one of a task ends that task alone (log_error says so).
#pragma once

#include <any>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "sys/http/message.h"

namespace verge::sys::http {

// Takes a request body piece by piece, in order, on one thread at a time. Destroyed without Handle having been called
// when the body is cut or too large: whatever was written so far must then not count.
class BodySink {
 public:
  virtual ~BodySink() = default;
  // An error ends the request: it is answered with 500 (kResourceExhausted: 507) and the connection closed.
  virtual Status Write(std::span<const uint8_t> bytes) = 0;
};

struct Request {
  Method method = Method::kGet;
  std::string path;                                        // percent-decoded, without the query; starts with '/'
  std::vector<std::pair<std::string, std::string>> query;  // decoded
  Headers headers;
  std::string body;                // empty when a sink took it
  std::unique_ptr<BodySink> sink;  // the one that Begin gave
  std::any context;                // what Begin put into its plan
  std::string peer_name;           // CN of the verified client certificate; "" without one
  std::string peer_fingerprint;    // lower-case hex SHA-256 of that certificate (DER); "" without one
  std::string remote;              // "address:port", for logs

  // The first query parameter of that name.
  std::optional<std::string_view> Query(std::string_view name) const;
};

// A file to send. The server handles HEAD, Range (one range), If-Range and If-None-Match for it when the response's
// status is 200 and its ETag header is set.
struct FileBody {
  std::string path;
  uint64_t size_bytes = 0;  // of the file
};

struct Response {
  int status = 200;
  Headers headers;  // Content-Length is the server's
  std::string body;
  std::optional<FileBody> file;  // instead of body
  std::string identity;          // for the access log only
};

// What Begin decides before the body is read.
struct BodyPlan {
  uint64_t max_bytes = 0;          // a longer body is answered with 413
  std::unique_ptr<BodySink> sink;  // null: collect into Request::body
  std::any context;                // for Handle to find again
  std::optional<Response> reject;  // set: answer this, do not read the body, do not call Handle
};

// Answers one request, once; later calls do nothing. Copies share the one answer. When the last copy goes without an
// answer, the client gets 500.
class Responder {
 public:
  class Target {
   public:
    virtual ~Target() = default;
    virtual void Answer(Response response) = 0;
  };

  explicit Responder(std::shared_ptr<Target> target) : target_(std::move(target)) {}
  void operator()(Response response) const { target_->Answer(std::move(response)); }

 private:
  std::shared_ptr<Target> target_;  // shared: a long poll keeps one copy in its list and one in its timer
};

class Handler {
 public:
  virtual ~Handler() = default;
  // `head` has everything but the body.
  virtual BodyPlan Begin(const Request& head) = 0;
  virtual void Handle(Request request, Responder respond) = 0;
};

// One finished request, for the access log.
struct AccessRecord {
  int64_t time_ms = 0;  // wall clock, when the request line had been read
  std::string method;
  std::string path;
  int status = 0;
  uint64_t bytes = 0;  // of the body really sent: fewer than announced when the client went away
  int64_t duration_us = 0;
  std::string identity;
  std::string range;  // the request's Range header
  std::string remote;
};

struct ServerConfig {
  std::string address = "127.0.0.1";
  uint16_t port = 0;                  // 0: the OS chooses
  std::string certificate_chain_pem;  // the server's certificate, then its CA's
  std::string key_pem;
  std::string client_ca_pem;  // client certificates must come from here; "": none are asked for
  int threads = 2;
  uint32_t max_header_bytes = 16384;
  uint32_t max_connections = 4096;  // further ones are closed at once
  std::chrono::milliseconds handshake_timeout{10000};
  std::chrono::milliseconds header_timeout{10000};      // from the first byte wanted to the end of the headers
  std::chrono::milliseconds idle_timeout{120000};       // between two requests of a connection
  std::chrono::milliseconds io_timeout{30000};          // for each piece of a body, both ways
  std::chrono::milliseconds stop_grace{5000};           // how long Stop waits for requests under way
  std::function<void(const AccessRecord&)> access_log;  // called on server threads, several at once
  // Told of an exception that ended a connection or a task; the server goes on. Called like access_log; null: stderr.
  std::function<void(const std::string&)> log_error;
};

class Server {
 public:
  // Listens and starts the threads. `handler` is borrowed and outlives the server.
  static Result<std::unique_ptr<Server>> Start(ServerConfig config, Handler* handler);
  virtual ~Server() = default;  // stops

  virtual uint16_t port() const = 0;
  // Accepts nothing more, lets requests under way finish for up to stop_grace, then closes. Blocks; safe to call twice.
  // Long polls that nobody answers are answered with 503 at once.
  virtual void Stop() = 0;
  // Runs `task` on a server thread after `delay`; not at all once stopped.
  virtual void After(std::chrono::milliseconds delay, std::function<void()> task) = 0;
};

}  // namespace verge::sys::http
