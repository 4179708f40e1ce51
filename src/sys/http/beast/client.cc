#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <vector>

#include "sys/http/beast/stream.h"
#include "sys/http/beast/tls.h"
#include "sys/http/client.h"

namespace verge::sys::http {
namespace {

struct Url {
  std::string host;
  std::string port = "443";
};

Result<Url> ParseUrl(const std::string& text) {
  constexpr std::string_view kScheme = "https://";
  const Status bad =
      VERGE_ERROR(kInvalidArgument, "'" + text + "' is not a server URL: give https://HOST or https://HOST:PORT");
  if (text.compare(0, kScheme.size(), kScheme) != 0) return bad;
  std::string rest = text.substr(kScheme.size());
  if (!rest.empty() && rest.back() == '/') rest.pop_back();
  if (rest.find_first_of("/?#@ ") != std::string::npos) return bad;
  Url url;
  size_t colon = rest.rfind(':');
  if (!rest.empty() && rest.front() == '[') {
    const size_t close = rest.find(']');
    if (close == std::string::npos) return bad;
    url.host = rest.substr(1, close - 1);
    colon = close + 1 < rest.size() ? close + 1 : std::string::npos;
    if (colon != std::string::npos && rest[colon] != ':') return bad;
  } else {
    url.host = rest.substr(0, colon);
  }
  if (colon != std::string::npos) url.port = rest.substr(colon + 1);
  unsigned port = 0;
  const auto [end, error] = std::from_chars(url.port.data(), url.port.data() + url.port.size(), port);
  const bool port_ok = error == std::errc() && end == url.port.data() + url.port.size() && port >= 1 && port <= 65535;
  if (url.host.empty() || !port_ok) return bad;
  return url;
}

// A request body: text in memory, or a file.
class BodySource {
 public:
  ~BodySource() {
    if (fd_ >= 0) ::close(fd_);
  }
  BodySource() = default;
  BodySource(const BodySource&) = delete;
  BodySource& operator=(const BodySource&) = delete;

  Status Open(const ClientRequest& request) {
    text_ = request.body;
    size_ = text_.size();
    if (request.body_file.empty()) return Status::Ok();
    fd_ = ::open(request.body_file.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat info{};
    if (fd_ < 0 || ::fstat(fd_, &info) != 0) return VERGE_ERROR(kNotFound, "cannot read " + request.body_file);
    size_ = static_cast<uint64_t>(info.st_size);
    chunk_.resize(kChunkBytes);
    return Status::Ok();
  }
  uint64_t size() const { return size_; }
  // Some bytes at `offset` < size(); empty when the file has become shorter.
  std::string_view At(uint64_t offset) {
    if (fd_ < 0) return text_.substr(static_cast<size_t>(offset), kChunkBytes);
    const size_t want = static_cast<size_t>(std::min<uint64_t>(chunk_.size(), size_ - offset));
    const ssize_t got = ::pread(fd_, chunk_.data(), want, static_cast<off_t>(offset));
    return {chunk_.data(), got > 0 ? static_cast<size_t>(got) : 0};
  }

 private:
  std::string_view text_;
  uint64_t size_ = 0;
  int fd_ = -1;
  std::vector<char> chunk_;
};

// The first number of "bytes N-M/T".
std::optional<uint64_t> ContentRangeStart(std::string_view header) {
  constexpr std::string_view kUnit = "bytes ";
  if (header.substr(0, kUnit.size()) != kUnit) return std::nullopt;
  header.remove_prefix(kUnit.size());
  uint64_t first = 0;
  const auto [end, error] = std::from_chars(header.data(), header.data() + header.size(), first);
  if (error != std::errc() || end == header.data() + header.size() || *end != '-') return std::nullopt;
  return first;
}

class BeastClient final : public Client {
 public:
  BeastClient(ClientConfig config, Url url) : config_(std::move(config)), url_(std::move(url)) {}
  ~BeastClient() override { stream_.reset(); }

  Status Prepare() { return SetUpClientTls(tls_.native_handle(), config_); }
  Result<ClientResponse> Send(const ClientRequest& request) override;
  void Cancel() override {
    cancelled_ = true;
    asio::post(ioc_, [this] {
      resolver_.cancel();
      // Closed and not just cancelled: whatever the exchange does next on it fails too.
      if (stream_) beast::get_lowest_layer(*stream_).close();
    });
  }

 private:
  using Parser = wire::response_parser<wire::buffer_body>;

  Result<ClientResponse> SendOnce(const ClientRequest& request, bool& answer_began);
  asio::awaitable<void> Exchange(const ClientRequest& request, Result<ClientResponse>& out, bool& answer_began);
  asio::awaitable<Status> Connect();
  asio::awaitable<Status> WriteRequest(const ClientRequest& request);
  asio::awaitable<Status> ReadResponse(const ClientRequest& request, ClientResponse& out, bool& answer_began);
  asio::awaitable<Status> ReadBody(const ClientRequest& request, Parser& parser, ClientResponse& out);
  static Status TakeHead(const ClientRequest& request, const Parser& parser, ClientResponse& out);
  bool IsStale();
  Status Failure(const error_code& ec, const char* doing);
  void Timeout(std::chrono::milliseconds limit) { beast::get_lowest_layer(*stream_).expires_after(limit); }

  const ClientConfig config_;  // before tls_, which borrows the pin
  const Url url_;
  std::atomic<bool> cancelled_{false};
  asio::io_context ioc_{1};
  asio::ssl::context tls_{asio::ssl::context::tls_client};
  Tcp::resolver resolver_{ioc_};
  std::unique_ptr<TlsStream> stream_;  // null: not connected
  beast::flat_buffer buffer_;
};

Status BeastClient::Failure(const error_code& ec, const char* doing) {
  const std::string where = std::string(doing) + " https://" + url_.host + ":" + url_.port + ": ";
  if (cancelled_) return VERGE_ERROR(kCancelled, where + "cancelled");
  if (ec == beast::error::timeout) return VERGE_ERROR(kDeadline, where + "no progress within the time allowed");
  if (stream_) {
    const std::string reason = VerifyFailure(stream_->native_handle());
    if (!reason.empty()) return VERGE_ERROR(kPermission, where + "the server's certificate is not trusted: " + reason);
  }
  if (ec.category() == asio::error::get_ssl_category() && IsCertificateAlert(static_cast<unsigned long>(ec.value()))) {
    return VERGE_ERROR(kPermission, where + "the server refused our certificate: " + ec.message());
  }
  const bool is_http = ec.category() == wire::make_error_code(wire::error::bad_method).category() &&
                       ec != wire::error::end_of_stream && ec != wire::error::partial_message;
  if (is_http) return VERGE_ERROR(kDataLoss, where + "the answer is not HTTP: " + ec.message());
  return VERGE_ERROR(kUnavailable, where + ec.message());
}

// A server never speaks first here (no tickets), so anything to read on an idle connection is its end.
bool BeastClient::IsStale() {
  char byte = 0;
  const int fd = beast::get_lowest_layer(*stream_).socket().native_handle();
  const ssize_t got = ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return !(got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK));
}

Result<ClientResponse> BeastClient::Send(const ClientRequest& request) {
  if (stream_ && IsStale()) stream_.reset();
  const bool reused = stream_ != nullptr;
  bool answer_began = false;
  Result<ClientResponse> first = SendOnce(request, answer_began);
  const bool may_repeat = request.method != Method::kPost && request.method != Method::kPatch;
  if (first.ok() || !reused || answer_began || !may_repeat || first.code() != StatusCode::kUnavailable) return first;
  return SendOnce(request, answer_began);
}

Result<ClientResponse> BeastClient::SendOnce(const ClientRequest& request, bool& answer_began) {
  if (cancelled_) return VERGE_ERROR(kCancelled, "the HTTP client was cancelled");
  if (request.target.empty() || request.target.front() != '/' ||
      request.target.find_first_of(" \r\n#") != std::string::npos) {
    return VERGE_ERROR(kInvalidArgument, "'" + request.target + "' is not a request target");
  }
  Result<ClientResponse> out = VERGE_ERROR(kInternal, "the HTTP exchange did not run");
  try {
    ioc_.restart();
    asio::co_spawn(ioc_, Exchange(request, out, answer_began), asio::detached);
    ioc_.run();
  } catch (const std::exception& e) {
    out = VERGE_ERROR(kInternal, std::string("the HTTP exchange failed: ") + e.what());
  }
  if (!out.ok()) stream_.reset();
  return out;
}

asio::awaitable<void> BeastClient::Exchange(const ClientRequest& request, Result<ClientResponse>& out,
                                            bool& answer_began) {
  if (!stream_) {
    Status connected = co_await Connect();
    if (!connected.ok()) {
      out = std::move(connected);
      co_return;
    }
  }
  Status written = co_await WriteRequest(request);
  const StatusCode code = written.code();
  // A server that refuses a body answers before it has read it all: look for that answer first.
  if (!written.ok() && code != StatusCode::kUnavailable) {
    out = std::move(written);
    co_return;
  }
  ClientResponse response;
  Status read = co_await ReadResponse(request, response, answer_began);
  if (read.ok()) {
    out = std::move(response);
  } else {
    out = written.ok() ? std::move(read) : std::move(written);
  }
}

asio::awaitable<Status> BeastClient::Connect() {
  const auto [resolve_ec, endpoints] = co_await resolver_.async_resolve(url_.host, url_.port, kAsTuple);
  if (resolve_ec || cancelled_) co_return Failure(resolve_ec, "looking up");
  buffer_.clear();
  stream_ = std::make_unique<TlsStream>(ioc_, tls_);
  Status expected = ExpectServer(stream_->native_handle(), url_.host);
  if (!expected.ok()) co_return expected;
  Timeout(config_.connect_timeout);
  const auto [connect_ec, endpoint] = co_await beast::get_lowest_layer(*stream_).async_connect(endpoints, kAsTuple);
  if (connect_ec || cancelled_) co_return Failure(connect_ec, "connecting to");
  error_code ignored;
  beast::get_lowest_layer(*stream_).socket().set_option(Tcp::no_delay(true), ignored);
  const auto [handshake_ec] = co_await stream_->async_handshake(asio::ssl::stream_base::client, kAsTuple);
  if (handshake_ec) co_return Failure(handshake_ec, "TLS with");
  co_return Status::Ok();
}

asio::awaitable<Status> BeastClient::WriteRequest(const ClientRequest& request) {
  BodySource body;
  Status opened = body.Open(request);
  if (!opened.ok()) co_return opened;
  wire::request<wire::empty_body> head;
  head.version(11);
  head.method_string(MethodName(request.method));
  head.target(request.target);
  const bool is_ipv6 = url_.host.find(':') != std::string::npos;
  head.set(wire::field::host,
           (is_ipv6 ? "[" + url_.host + "]" : url_.host) + (url_.port == "443" ? "" : ":" + url_.port));
  for (const auto& [name, value] : request.headers.all()) head.set(name, value);
  if (request.range_start > 0) head.set(wire::field::range, "bytes=" + std::to_string(request.range_start) + "-");
  const bool has_body =
      request.method == Method::kPost || request.method == Method::kPut || request.method == Method::kPatch;
  if (has_body) head.content_length(body.size());
  wire::request_serializer<wire::empty_body> serializer(head);
  Timeout(config_.io_timeout);
  const auto [head_ec, head_count] = co_await wire::async_write_header(*stream_, serializer, kAsTuple);
  if (head_ec) co_return Failure(head_ec, "sending to");
  for (uint64_t offset = 0; has_body && offset < body.size();) {
    const std::string_view bytes = body.At(offset);
    if (bytes.empty()) co_return VERGE_ERROR(kDataLoss, request.body_file + " became shorter while it was sent");
    Timeout(config_.io_timeout);
    const auto [ec, count] = co_await asio::async_write(*stream_, asio::buffer(bytes), kAsTuple);
    if (ec) co_return Failure(ec, "sending to");
    offset += bytes.size();
  }
  co_return Status::Ok();
}

Status BeastClient::TakeHead(const ClientRequest& request, const Parser& parser, ClientResponse& out) {
  const auto& message = parser.get();
  out.status = static_cast<int>(message.result_int());
  for (const auto& field : message) {
    out.headers.Add({field.name_string().data(), field.name_string().size()},
                    {field.value().data(), field.value().size()});
  }
  if (out.status != 206) return Status::Ok();
  const std::optional<uint64_t> start = ContentRangeStart(out.headers.Find("Content-Range"));
  if (!start || *start != request.range_start) {
    return VERGE_ERROR(kDataLoss, "the server sent another range of " + request.target + " than the one asked for");
  }
  out.offset = *start;
  return Status::Ok();
}

asio::awaitable<Status> BeastClient::ReadResponse(const ClientRequest& request, ClientResponse& out,
                                                  bool& answer_began) {
  Parser parser;
  parser.header_limit(65536);
  parser.body_limit(boost::none);  // counted in ReadBody
  parser.skip(request.method == Method::kHead);
  Timeout(request.answer_timeout.value_or(config_.io_timeout));
  const auto [ec, count] = co_await wire::async_read_header(*stream_, buffer_, parser, kAsTuple);
  if (ec) co_return Failure(ec, "reading from");
  answer_began = true;
  Status head = TakeHead(request, parser, out);
  if (!head.ok()) co_return head;
  Status body = co_await ReadBody(request, parser, out);
  if (!body.ok()) co_return body;
  if (!parser.keep_alive()) stream_.reset();
  co_return Status::Ok();
}

asio::awaitable<Status> BeastClient::ReadBody(const ClientRequest& request, Parser& parser, ClientResponse& out) {
  const bool to_sink = request.sink && out.status >= 200 && out.status < 300;
  std::vector<uint8_t> chunk(kChunkBytes);
  uint64_t offset = out.offset;
  while (!parser.is_done()) {
    auto& body = parser.get().body();
    body.data = chunk.data();
    body.size = chunk.size();
    Timeout(config_.io_timeout);
    const auto [ec, count] = co_await wire::async_read_some(*stream_, buffer_, parser, kAsTuple);
    const std::span<const uint8_t> bytes(chunk.data(), chunk.size() - body.size);
    if (to_sink && !bytes.empty()) {  // also what came before a cut: a download resumes behind it
      Status taken = request.sink(bytes, offset);
      if (!taken.ok()) co_return taken;
    } else {
      if (out.body.size() + bytes.size() > request.max_body_bytes) {
        co_return VERGE_ERROR(kResourceExhausted, "the answer to " + request.target + " is larger than " +
                                                      std::to_string(request.max_body_bytes) + " bytes");
      }
      out.body.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    offset += bytes.size();
    if (cancelled_) co_return Failure(asio::error::operation_aborted, "reading from");
    if (ec && ec != wire::error::need_buffer) co_return Failure(ec, "reading from");
  }
  co_return Status::Ok();
}

}  // namespace

Result<std::unique_ptr<Client>> Client::Open(const ClientConfig& config) {
  VERGE_TRY_ASSIGN(Url url, ParseUrl(config.url));
  if (config.ca_pem.empty() == config.ca_pin_hex.empty()) {
    return VERGE_ERROR(kInvalidArgument, "an HTTPS client needs either the hub's CA certificate or its fingerprint");
  }
  try {
    auto client = std::make_unique<BeastClient>(config, std::move(url));
    VERGE_TRY(client->Prepare());
    return std::unique_ptr<Client>(std::move(client));
  } catch (const std::exception& e) {
    return VERGE_ERROR(kInternal, std::string("the HTTP client cannot start: ") + e.what());
  }
}

}  // namespace verge::sys::http
