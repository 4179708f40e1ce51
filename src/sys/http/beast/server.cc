#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <ctime>
#include <exception>
#include <mutex>
#include <set>
#include <thread>

#include "sys/http/beast/pending.h"
#include "sys/http/beast/stream.h"
#include "sys/http/beast/tls.h"
#include "sys/http/server.h"
#include "sys/http/target.h"

namespace verge::sys::http {
namespace {

using Clock = std::chrono::steady_clock;

// Closes a file descriptor.
class OpenFile {
 public:
  explicit OpenFile(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

std::string HttpDate() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 64> text{};
  const size_t size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text.data(), size};
}

Response Problem(int status, const std::string& detail) {
  Response response;
  response.status = status;
  response.headers.Set("Content-Type", "application/problem+json");
  // `detail` is one of our own fixed texts: nothing in it needs escaping.
  response.body = R"({"type":"about:blank","title":")" + std::string(ReasonOf(status)) + R"(","status":)" +
                  std::to_string(status) + R"(,"detail":")" + detail + "\"}";
  return response;
}

// Tells of an exception that reached the border of a connection or a task. Never throws itself.
void ReportEscape(const ServerConfig& config, const char* where, const std::exception_ptr& escaped) noexcept {
  if (!escaped) return;
  try {
    std::string text = std::string("HTTP server: ") + where + " ended by an exception";
    try {
      std::rethrow_exception(escaped);
    } catch (const std::exception& e) {
      text += std::string(": ") + e.what();
    } catch (...) {
      text += " of an unknown type";
    }
    if (config.log_error) return config.log_error(text);
    std::fprintf(stderr, "%s\n", text.c_str());
  } catch (...) {
    std::fputs("HTTP server: an exception could not be reported\n", stderr);
  }
}

class Connection;

// What connections need of their server.
struct Shared {
  Shared(ServerConfig config_in, Handler* handler_in) : config(std::move(config_in)), handler(handler_in) {}

  const ServerConfig config;
  Handler* const handler;
  std::atomic<bool> stopping{false};

  std::mutex mutex;
  std::condition_variable changed;
  std::set<Connection*> connections;  // live ones; they remove themselves
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Shared& shared, Tcp::socket socket, asio::ssl::context& tls)
      : shared_(shared), stream_(std::move(socket), tls), buffer_(shared.config.max_header_bytes + 2 * kChunkBytes) {
    const std::lock_guard lock(shared_.mutex);
    shared_.connections.insert(this);
  }
  ~Connection() {
    if (pending_) pending_->Close();
    const std::lock_guard lock(shared_.mutex);
    shared_.connections.erase(this);
    shared_.changed.notify_all();
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  asio::awaitable<void> Run();
  // Any thread: ends an idle connection, and a long poll that nobody has answered.
  void BeginStop();

 private:
  // One request under way.
  struct Exchange {
    Request request;
    std::string method;
    std::string raw_target;
    std::string range;  // kept here because the handler takes the request
    std::string if_range;
    std::string if_none_match;
    int64_t time_ms = 0;
    Clock::time_point start;
    int version = 11;
    bool keep_alive = false;
    uint64_t sent_bytes = 0;
  };
  using Parser = wire::request_parser<wire::buffer_body>;

  asio::awaitable<bool> ServeOne();
  asio::awaitable<bool> WaitForBytes();
  asio::awaitable<bool> Dispatch(Exchange& exchange, Parser& parser);
  asio::awaitable<std::optional<Response>> ReadBody(Exchange& exchange, Parser& parser, BodyPlan& plan, bool& broken);
  asio::awaitable<void> Drain(Parser& parser);
  asio::awaitable<Response> AskHandler(Exchange& exchange);
  asio::awaitable<bool> Reply(Exchange& exchange, Response& response);
  asio::awaitable<bool> Refuse(Exchange& exchange, int status, const char* detail);
  asio::awaitable<bool> SendText(Exchange& exchange, const Response& response);
  asio::awaitable<bool> SendFile(Exchange& exchange, Response& response);
  asio::awaitable<bool> SendHead(Exchange& exchange, const Response& response, std::optional<uint64_t> length);
  asio::awaitable<bool> SendRange(Exchange& exchange, int fd, uint64_t first, uint64_t count);
  void FillHead(Exchange& exchange, const Parser& parser);
  void Log(const Exchange& exchange, const Response& response) const;
  void Timeout(std::chrono::milliseconds limit) { beast::get_lowest_layer(stream_).expires_after(limit); }

  Shared& shared_;
  TlsStream stream_;
  beast::flat_buffer buffer_;
  std::vector<uint8_t> chunk_;  // only while a body moves
  PeerIdentity peer_;
  std::string remote_;
  std::shared_ptr<PendingAnswer> pending_;  // shared with the handler's Responder
  bool idle_ = false;                       // strand only
  bool first_ = true;
};

void Connection::BeginStop() {
  asio::post(stream_.get_executor(), [weak = weak_from_this()] {
    const std::shared_ptr<Connection> self = weak.lock();
    if (!self) return;
    if (self->idle_) beast::get_lowest_layer(self->stream_).cancel();
    if (self->pending_) self->pending_->Answer(Problem(503, "the server is stopping: try again later"));
  });
}

asio::awaitable<void> Connection::Run() {
  const std::shared_ptr<Connection> self = shared_from_this();  // lives as long as this coroutine
  error_code ignored;
  const Tcp::endpoint remote = beast::get_lowest_layer(stream_).socket().remote_endpoint(ignored);
  remote_ = remote.address().to_string(ignored) + ":" + std::to_string(remote.port());
  beast::get_lowest_layer(stream_).socket().set_option(Tcp::no_delay(true), ignored);
  Timeout(shared_.config.handshake_timeout);
  const auto [ec] = co_await stream_.async_handshake(asio::ssl::stream_base::server, kAsTuple);
  if (ec) co_return;
  peer_ = PeerOf(stream_.native_handle());
  while (!shared_.stopping) {
    const bool go_on = co_await ServeOne();
    if (!go_on) break;
  }
  Timeout(std::chrono::milliseconds(250));  // our close_notify goes out at once; the other side's is a courtesy
  const auto [shutdown_ec] = co_await stream_.async_shutdown(kAsTuple);
  (void)shutdown_ec;  // the connection ends either way
}

// An idle connection may wait longer than a request that has begun to arrive.
asio::awaitable<bool> Connection::WaitForBytes() {
  if (buffer_.size() > 0) co_return true;
  Timeout(first_ ? shared_.config.header_timeout : shared_.config.idle_timeout);
  first_ = false;
  idle_ = true;
  const auto [ec, count] = co_await stream_.async_read_some(buffer_.prepare(4096), kAsTuple);
  idle_ = false;
  if (ec) co_return false;
  buffer_.commit(count);
  co_return true;
}

asio::awaitable<bool> Connection::ServeOne() {
  const bool has_bytes = co_await WaitForBytes();
  if (!has_bytes) co_return false;
  Parser parser;
  parser.header_limit(shared_.config.max_header_bytes);
  parser.body_limit(boost::none);  // counted in ReadBody, against the plan
  Exchange exchange;
  exchange.start = Clock::now();
  Timeout(shared_.config.header_timeout);
  const auto [ec, count] = co_await wire::async_read_header(stream_, buffer_, parser, kAsTuple);
  exchange.time_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  if (ec == wire::error::header_limit || ec == wire::error::buffer_overflow) {
    const bool go_on = co_await Refuse(exchange, 431, "the request's header fields are too large");
    co_return go_on;
  }
  if (ec && ec.category() == wire::make_error_code(wire::error::bad_method).category() &&
      ec != wire::error::end_of_stream && ec != wire::error::partial_message) {
    const bool go_on = co_await Refuse(exchange, 400, "the request is not well-formed HTTP");
    co_return go_on;
  }
  if (ec) co_return false;
  FillHead(exchange, parser);
  const bool go_on = co_await Dispatch(exchange, parser);
  co_return go_on;
}

void Connection::FillHead(Exchange& exchange, const Parser& parser) {
  const auto& message = parser.get();
  exchange.method.assign(message.method_string().data(), message.method_string().size());
  exchange.raw_target.assign(message.target().data(), message.target().size());
  exchange.version = static_cast<int>(message.version());
  exchange.keep_alive = parser.keep_alive();
  Request& request = exchange.request;
  request.method = ParseMethod(exchange.method);
  for (const auto& field : message) {
    request.headers.Add({field.name_string().data(), field.name_string().size()},
                        {field.value().data(), field.value().size()});
  }
  exchange.range = request.headers.Find("Range");
  exchange.if_range = request.headers.Find("If-Range");
  exchange.if_none_match = request.headers.Find("If-None-Match");
  request.peer_name = peer_.name;
  request.peer_fingerprint = peer_.fingerprint;
  request.remote = remote_;
}

asio::awaitable<bool> Connection::Dispatch(Exchange& exchange, Parser& parser) {
  Result<Target> target = ParseTarget(exchange.raw_target);
  if (!target.ok()) {
    const std::string detail(target.status().message());
    const bool go_on = co_await Refuse(exchange, 400, detail.c_str());
    co_return go_on;
  }
  exchange.request.path = std::move(target->path);
  exchange.request.query = std::move(target->query);
  bool broken = false;
  BodyPlan plan = shared_.handler->Begin(exchange.request);
  std::optional<Response> early = co_await ReadBody(exchange, parser, plan, broken);
  if (broken) {
    Response cut;
    cut.status = 400;
    Log(exchange, cut);
    co_return false;
  }
  if (!early) {
    Response response = co_await AskHandler(exchange);
    const bool go_on = co_await Reply(exchange, response);
    co_return go_on;
  }
  const bool unread = !parser.is_done();
  if (unread) exchange.keep_alive = false;
  const bool go_on = co_await Reply(exchange, *early);
  if (unread) co_await Drain(parser);
  co_return go_on;
}

// An answer when the body is refused; nothing when it was read whole. `broken`: the connection is of no more use.
asio::awaitable<std::optional<Response>> Connection::ReadBody(Exchange& exchange, Parser& parser, BodyPlan& plan,
                                                              bool& broken) {
  if (plan.reject) co_return std::move(plan.reject);
  if (parser.content_length() && *parser.content_length() > plan.max_bytes) {
    co_return Problem(413, "the body is larger than this resource takes");
  }
  exchange.request.sink = std::move(plan.sink);
  exchange.request.context = std::move(plan.context);
  if (parser.is_done()) co_return std::nullopt;
  if (EqualsIgnoreCase(exchange.request.headers.Find("Expect"), "100-continue")) {
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    Timeout(shared_.config.io_timeout);
    const auto [ec, count] = co_await asio::async_write(stream_, asio::buffer(kContinue), kAsTuple);
    broken = static_cast<bool>(ec);
    if (broken) co_return std::nullopt;
  }
  chunk_.resize(kChunkBytes);
  uint64_t total = 0;
  while (!parser.is_done()) {
    auto& body = parser.get().body();
    body.data = chunk_.data();
    body.size = chunk_.size();
    Timeout(shared_.config.io_timeout);
    const auto [ec, count] = co_await wire::async_read_some(stream_, buffer_, parser, kAsTuple);
    if (ec && ec != wire::error::need_buffer) {
      broken = true;
      co_return std::nullopt;
    }
    const std::span<const uint8_t> bytes(chunk_.data(), chunk_.size() - body.size);
    total += bytes.size();
    if (total > plan.max_bytes) co_return Problem(413, "the body is larger than this resource takes");
    if (!exchange.request.sink) {
      exchange.request.body.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      continue;
    }
    const Status written = exchange.request.sink->Write(bytes);
    if (!written.ok()) {
      const bool full = written.code() == StatusCode::kResourceExhausted;
      co_return Problem(full ? 507 : 500, "the body could not be stored");
    }
  }
  chunk_ = {};
  co_return std::nullopt;
}

// Reads a little of a refused body, so that a client that is still sending gets to see the answer.
asio::awaitable<void> Connection::Drain(Parser& parser) {
  constexpr uint64_t kMaxDrain = 512 * 1024;
  chunk_.resize(kChunkBytes);
  Timeout(std::chrono::seconds(2));
  uint64_t total = 0;
  while (!parser.is_done() && total < kMaxDrain) {
    auto& body = parser.get().body();
    body.data = chunk_.data();
    body.size = chunk_.size();
    const auto [ec, count] = co_await wire::async_read_some(stream_, buffer_, parser, kAsTuple);
    if (ec && ec != wire::error::need_buffer) break;
    total += chunk_.size() - body.size;
  }
  chunk_ = {};
}

asio::awaitable<Response> Connection::AskHandler(Exchange& exchange) {
  const auto executor = stream_.get_executor();
  const auto timer = std::make_shared<asio::steady_timer>(executor, Clock::time_point::max());
  pending_ = std::make_shared<PendingAnswer>([executor, timer] { asio::post(executor, [timer] { timer->cancel(); }); });
  const std::shared_ptr<PendingAnswer> pending = pending_;
  shared_.handler->Handle(std::move(exchange.request), Responder(std::make_shared<PendingTarget>(pending)));
  std::optional<Response> response = pending->Take();
  while (!response) {
    if (shared_.stopping) pending->Answer(Problem(503, "the server is stopping: try again later"));
    const auto [woken] = co_await timer->async_wait(kAsTuple);  // by the cancel in `wake`: the time never comes
    (void)woken;
    response = pending->Take();
  }
  pending->Close();
  pending_.reset();
  co_return std::move(*response);
}

// Answers and gives the connection up.
asio::awaitable<bool> Connection::Refuse(Exchange& exchange, int status, const char* detail) {
  Response response = Problem(status, detail);
  exchange.keep_alive = false;
  const bool go_on = co_await Reply(exchange, response);
  co_return go_on;
}

asio::awaitable<bool> Connection::Reply(Exchange& exchange, Response& response) {
  if (shared_.stopping) exchange.keep_alive = false;
  bool sent = false;
  if (response.file) {
    sent = co_await SendFile(exchange, response);
  } else {
    sent = co_await SendText(exchange, response);
  }
  Log(exchange, response);
  co_return sent&& exchange.keep_alive;
}

void Connection::Log(const Exchange& exchange, const Response& response) const {
  if (!shared_.config.access_log) return;
  AccessRecord record;
  record.time_ms = exchange.time_ms;
  record.method = exchange.method;
  record.path = exchange.raw_target.substr(0, exchange.raw_target.find('?'));
  record.status = response.status;
  record.bytes = exchange.sent_bytes;
  record.duration_us = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - exchange.start).count();
  record.identity = response.identity;
  record.range = exchange.range;
  record.remote = remote_;
  shared_.config.access_log(record);
}

asio::awaitable<bool> Connection::SendHead(Exchange& exchange, const Response& response,
                                           std::optional<uint64_t> length) {
  wire::response<wire::empty_body> head;
  head.version(static_cast<unsigned>(exchange.version));
  head.result(static_cast<unsigned>(response.status));
  head.reason(ReasonOf(response.status));
  head.set(wire::field::date, HttpDate());
  for (const auto& [name, value] : response.headers.all()) head.insert(name, value);
  if (length) head.content_length(*length);
  head.keep_alive(exchange.keep_alive);
  wire::response_serializer<wire::empty_body> serializer(head);
  Timeout(shared_.config.io_timeout);
  const auto [ec, count] = co_await wire::async_write_header(stream_, serializer, kAsTuple);
  co_return !ec;
}

asio::awaitable<bool> Connection::SendText(Exchange& exchange, const Response& response) {
  const bool bodyless = response.status == 204 || response.status == 304;
  const bool head_sent =
      co_await SendHead(exchange, response, bodyless ? std::nullopt : std::optional<uint64_t>(response.body.size()));
  if (!head_sent) co_return false;
  if (bodyless || exchange.method == "HEAD" || response.body.empty()) co_return true;
  size_t offset = 0;
  while (offset < response.body.size()) {
    const size_t size = std::min(kChunkBytes, response.body.size() - offset);
    Timeout(shared_.config.io_timeout);
    const auto [ec, count] =
        co_await asio::async_write(stream_, asio::buffer(response.body.data() + offset, size), kAsTuple);
    exchange.sent_bytes += count;
    if (ec) co_return false;
    offset += size;
  }
  co_return true;
}

asio::awaitable<bool> Connection::SendFile(Exchange& exchange, Response& response) {
  const FileBody file = *response.file;
  const std::string etag(response.headers.Find("ETag"));
  if (!etag.empty() && EtagMatches(exchange.if_none_match, etag)) {
    response.status = 304;
    response.file.reset();
    const bool sent = co_await SendText(exchange, response);
    co_return sent;
  }
  const OpenFile open(file.path);
  if (open.fd() < 0) {
    response = Problem(500, "the file cannot be read");
    const bool sent = co_await SendText(exchange, response);
    co_return sent;
  }
  response.headers.Set("Accept-Ranges", "bytes");
  ByteRange range;
  const bool range_holds = exchange.if_range.empty() || exchange.if_range == etag;
  if (response.status == 200 && range_holds) range = ParseRange(exchange.range, file.size_bytes);
  const std::string total = std::to_string(file.size_bytes);
  if (range.kind == ByteRange::Kind::kUnsatisfiable) {
    const std::string identity = response.identity;
    response = Problem(416, "the range begins behind the end");
    response.identity = identity;
    response.headers.Set("Content-Range", "bytes */" + total);
    const bool sent = co_await SendText(exchange, response);
    co_return sent;
  }
  uint64_t first = 0;
  uint64_t count = file.size_bytes;
  if (range.kind == ByteRange::Kind::kPart) {
    response.status = 206;
    first = range.first;
    count = range.last - range.first + 1;
    response.headers.Set("Content-Range",
                         "bytes " + std::to_string(first) + "-" + std::to_string(range.last) + "/" + total);
  }
  const bool head_sent = co_await SendHead(exchange, response, count);
  if (!head_sent) co_return false;
  if (exchange.method == "HEAD") co_return true;
  const bool sent = co_await SendRange(exchange, open.fd(), first, count);
  co_return sent;
}

asio::awaitable<bool> Connection::SendRange(Exchange& exchange, int fd, uint64_t first, uint64_t count) {
  std::vector<uint8_t> chunk(kChunkBytes);
  while (count > 0) {
    const size_t want = static_cast<size_t>(std::min<uint64_t>(chunk.size(), count));
    const ssize_t got = ::pread(fd, chunk.data(), want, static_cast<off_t>(first));
    if (got <= 0) co_return false;  // shorter than announced: only closing can tell the client
    Timeout(shared_.config.io_timeout);
    const auto [ec, sent] =
        co_await asio::async_write(stream_, asio::buffer(chunk.data(), static_cast<size_t>(got)), kAsTuple);
    exchange.sent_bytes += sent;
    if (ec) co_return false;
    first += static_cast<uint64_t>(got);
    count -= static_cast<uint64_t>(got);
  }
  co_return true;
}

class BeastServer final : public Server {
 public:
  BeastServer(ServerConfig config, Handler* handler) : shared_(std::move(config), handler) {}
  ~BeastServer() override { Stop(); }

  Status Listen();
  uint16_t port() const override { return port_; }
  void Stop() override;
  void After(std::chrono::milliseconds delay, std::function<void()> task) override;

 private:
  asio::awaitable<void> Accept();
  void Adopt(Tcp::socket socket);
  void RunThread();
  size_t ConnectionCount() {
    const std::lock_guard lock(shared_.mutex);
    return shared_.connections.size();
  }

  Shared shared_;  // before ioc_: connections that ioc_ still holds unregister from it
  asio::io_context ioc_;
  asio::ssl::context tls_{asio::ssl::context::tls_server};
  Tcp::acceptor acceptor_{ioc_};
  uint16_t port_ = 0;
  std::vector<std::thread> threads_;
};

Status BeastServer::Listen() {
  VERGE_TRY(SetUpServerTls(tls_.native_handle(), shared_.config));
  error_code ec;
  const asio::ip::address address = asio::ip::make_address(shared_.config.address, ec);
  if (ec) return VERGE_ERROR(kInvalidArgument, "'" + shared_.config.address + "' is not an IP address to listen on");
  const Tcp::endpoint endpoint(address, shared_.config.port);
  acceptor_.open(endpoint.protocol(), ec);
  if (!ec) acceptor_.set_option(asio::socket_base::reuse_address(true), ec);
  if (!ec) acceptor_.bind(endpoint, ec);
  if (!ec) acceptor_.listen(asio::socket_base::max_listen_connections, ec);
  if (ec) {
    return VERGE_ERROR(kUnavailable, "cannot listen on " + shared_.config.address + ":" +
                                         std::to_string(shared_.config.port) + ": " + ec.message());
  }
  port_ = acceptor_.local_endpoint(ec).port();
  asio::co_spawn(ioc_, Accept(),
                 [this](const std::exception_ptr& e) { ReportEscape(shared_.config, "the accept loop was", e); });
  for (int i = 0; i < std::max(1, shared_.config.threads); ++i) {
    threads_.emplace_back([this] { RunThread(); });
  }
  return Status::Ok();
}

// Whatever escapes from one handler is reported; the thread goes on with the next until the server stops.
void BeastServer::RunThread() {
  while (true) {
    try {
      ioc_.run();
      return;
    } catch (...) {
      ReportEscape(shared_.config, "a task was", std::current_exception());
    }
  }
}

void BeastServer::Adopt(Tcp::socket socket) {
  try {
    const auto executor = socket.get_executor();
    const auto connection = std::make_shared<Connection>(shared_, std::move(socket), tls_);
    asio::co_spawn(executor, connection->Run(), [this](const std::exception_ptr& e) {
      ReportEscape(shared_.config, "a connection was", e);  // its coroutine is gone, and with it the socket
    });
  } catch (...) {
    ReportEscape(shared_.config, "a new connection was", std::current_exception());
  }
}

asio::awaitable<void> BeastServer::Accept() {
  while (!shared_.stopping) {
    auto [ec, socket] = co_await acceptor_.async_accept(asio::make_strand(ioc_), kAsTuple);
    if (ec == asio::error::operation_aborted) co_return;
    if (ec) {  // out of descriptors: let some be closed first
      asio::steady_timer pause(ioc_, std::chrono::milliseconds(100));
      const auto [waited] = co_await pause.async_wait(kAsTuple);
      (void)waited;
      continue;
    }
    if (ConnectionCount() >= shared_.config.max_connections) continue;  // the socket closes here
    Adopt(std::move(socket));
  }
}

void BeastServer::Stop() {
  if (shared_.stopping.exchange(true)) return;
  asio::post(ioc_, [this] {
    error_code failed;
    acceptor_.close(failed);
  });
  {
    std::unique_lock lock(shared_.mutex);
    for (Connection* const connection : shared_.connections) connection->BeginStop();
    shared_.changed.wait_for(lock, shared_.config.stop_grace, [this] { return shared_.connections.empty(); });
  }
  ioc_.stop();
  for (std::thread& thread : threads_) thread.join();
  error_code ignored;
  acceptor_.close(ignored);  // when the posted close did not get its turn
}

void BeastServer::After(std::chrono::milliseconds delay, std::function<void()> task) {
  const auto timer = std::make_shared<asio::steady_timer>(ioc_, delay);
  timer->async_wait([timer, task = std::move(task)](const error_code& ec) {
    if (!ec) task();
  });
}

}  // namespace

Result<std::unique_ptr<Server>> Server::Start(ServerConfig config, Handler* handler) {
  try {
    auto server = std::make_unique<BeastServer>(std::move(config), handler);
    VERGE_TRY(server->Listen());
    return std::unique_ptr<Server>(std::move(server));
  } catch (const std::exception& e) {
    return VERGE_ERROR(kUnavailable, std::string("the HTTP server cannot start: ") + e.what());
  }
}

}  // namespace verge::sys::http
