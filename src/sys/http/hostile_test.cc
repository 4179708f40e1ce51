// What a hostile peer can do to the server: bytes no client of ours would send, and handlers that throw. Each ends in a
// clear refusal or a close, and the server serves the next request.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "sys/crypto/x509.h"
#include "sys/http/client.h"
#include "sys/http/server.h"

namespace verge::sys::http {
namespace {

// A TLS connection that sends what it is told.
class RawTls {
 public:
  explicit RawTls(uint16_t port) : context_(SSL_CTX_new(TLS_client_method())), fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, fd_);
    EXPECT_EQ(SSL_connect(ssl_), 1);
  }
  ~RawTls() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
    ::close(fd_);
  }
  RawTls(const RawTls&) = delete;
  RawTls& operator=(const RawTls&) = delete;

  void Send(const std::string& text) { (void)SSL_write(ssl_, text.data(), static_cast<int>(text.size())); }
  void SendUnderTls(const std::string& text) { (void)::send(fd_, text.data(), text.size(), MSG_NOSIGNAL); }
  // Everything until the server closes.
  std::string ReadToEnd() {
    std::string out;
    char bytes[4096];
    while (true) {
      const int got = SSL_read(ssl_, bytes, sizeof(bytes));
      if (got <= 0) return out;
      out.append(bytes, static_cast<size_t>(got));
    }
  }

 private:
  SSL_CTX* context_;
  int fd_;
  SSL* ssl_ = nullptr;
};

// Answers 200 with the body's bytes; throws where the path says so.
class ThrowingHandler final : public Handler {
 public:
  BodyPlan Begin(const Request& head) override {
    if (head.path == "/throw-begin") throw std::runtime_error("begin failed");
    BodyPlan plan;
    plan.max_bytes = 1000;
    return plan;
  }
  void Handle(Request request, Responder respond) override {
    if (request.path == "/throw-handle") throw std::runtime_error("handle failed");
    if (request.path == "/throw-odd") throw 7;  // not a std::exception
    Response response;
    response.body = "served:" + request.body;
    respond(std::move(response));
  }
};

class HostileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to a socket that the server may have closed
    Start(std::chrono::seconds(60));
  }
  // `limit`: for headers and for each piece of a body. Long, but where a test waits for it.
  void Start(std::chrono::milliseconds limit) {
    server.reset();
    ca = CreateCa("test CA", 10).value();
    const KeyAndCertificate own = CreateServerCertificate(ca, {"127.0.0.1"}, 10).value();
    ServerConfig config;
    config.certificate_chain_pem = own.certificate_pem + ca.certificate_pem;
    config.key_pem = own.key_pem;
    config.header_timeout = config.io_timeout = limit;
    config.log_error = [this](const std::string& line) {
      const std::lock_guard lock(mutex);
      errors.push_back(line);
      changed.notify_all();
    };
    server = Server::Start(std::move(config), &handler).value();
  }
  // What the server sent until it closed.
  std::string Exchange(const std::string& bytes) const {
    RawTls raw(server->port());
    raw.Send(bytes);
    return raw.ReadToEnd();
  }
  // Refused with 4xx, or closed without a word; never served.
  static void ExpectRefusal(const std::string& answer) {
    EXPECT_EQ(answer.find("served:"), std::string::npos) << answer;
    EXPECT_TRUE(answer.empty() || answer.rfind("HTTP/1.1 4", 0) == 0) << answer;
  }
  void ExpectServing() const {
    ClientConfig config;
    config.url = "https://127.0.0.1:" + std::to_string(server->port());
    config.ca_pem = ca.certificate_pem;
    ClientRequest request;
    request.target = "/next";
    const auto response = Client::Open(config).value()->Send(request);
    ASSERT_TRUE(response.ok()) << response.status().ToString();
    EXPECT_EQ(response->body, "served:");
  }
  std::string AwaitError(size_t index) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return errors.size() > index; });
    return errors[index];
  }

  KeyAndCertificate ca;
  ThrowingHandler handler;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> errors;
  std::unique_ptr<Server> server;  // last: it ends before what its callbacks use
};

TEST_F(HostileTest, ExceptionsEndTheirConnectionAlone) {
  EXPECT_EQ(Exchange("GET /throw-begin HTTP/1.1\r\n\r\n"), "");
  EXPECT_NE(AwaitError(0).find("begin failed"), std::string::npos);
  EXPECT_EQ(Exchange("GET /throw-handle HTTP/1.1\r\n\r\n"), "");
  EXPECT_NE(AwaitError(1).find("handle failed"), std::string::npos);
  EXPECT_EQ(Exchange("GET /throw-odd HTTP/1.1\r\n\r\n"), "");
  EXPECT_NE(AwaitError(2).find("unknown type"), std::string::npos);
  ExpectServing();
}

TEST_F(HostileTest, ExceptionsInTasksLeaveEveryThreadRunning) {
  for (size_t i = 0; i < 8; ++i) {  // more than the server has threads
    server->After(std::chrono::milliseconds(0), [] { throw std::runtime_error("task failed"); });
    EXPECT_NE(AwaitError(i).find("task failed"), std::string::npos);
  }
  ExpectServing();
}

TEST_F(HostileTest, AmbiguousLengthsAreRefused) {
  for (const char* headers : {
           "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
           "Content-Length: 5\r\nContent-Length: 6\r\n",
           "Content-Length: -1\r\n",
           "Content-Length: 99999999999999999999999\r\n",
           "Content-Length: 0x5\r\n",
       }) {
    SCOPED_TRACE(headers);
    const std::string smuggled = "0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n";
    const std::string answer = Exchange("POST /x HTTP/1.1\r\nHost: h\r\n" + std::string(headers) + "\r\n" + smuggled);
    ExpectRefusal(answer);
    EXPECT_EQ(answer.rfind("HTTP/1.1 400", 0), 0U) << answer;
  }
  ExpectServing();
}

TEST_F(HostileTest, BrokenChunksAreRefused) {
  for (const std::string& body : {
           std::string("zz\r\nabc\r\n0\r\n\r\n"), std::string("-1\r\nabc\r\n0\r\n\r\n"),
           std::string("fffffffffffffffff\r\nabc"), std::string("3\r\nabcdef\r\n0\r\n\r\n"),
           "3;" + std::string(300000, 'e') + "\r\nabc\r\n0\r\n\r\n",
           "7d0\r\n" + std::string(2000, 'b') + "\r\n0\r\n\r\n",  // beyond what the resource takes
       }) {
    SCOPED_TRACE(body.substr(0, 40));
    ExpectRefusal(Exchange("POST /x HTTP/1.1\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + body));
  }
  ExpectServing();
}

TEST_F(HostileTest, HeaderFloodsAreRefused) {
  std::string many = "GET /x HTTP/1.1\r\n";
  for (int i = 0; i < 5000; ++i) many += "X-" + std::to_string(i) + ": v\r\n";
  // 431, which the close may overtake while the flood is still being sent.
  ExpectRefusal(Exchange(many + "\r\n"));
  ExpectRefusal(Exchange("GET /" + std::string(20000, 'p') + " HTTP/1.1\r\n\r\n"));
  ExpectServing();
}

TEST_F(HostileTest, SlowHeadersAndBodiesAreCutByTheTimeout) {
  Start(std::chrono::milliseconds(200));
  RawTls silent(server->port());
  RawTls slow(server->port());
  slow.Send("GET /x HTTP/1.1\r\nX-Slow: ");
  RawTls half(server->port());
  half.Send("POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab");
  // Each returns because the server closes.
  EXPECT_EQ(silent.ReadToEnd(), "");
  EXPECT_EQ(slow.ReadToEnd(), "");
  EXPECT_EQ(half.ReadToEnd(), "");
  Start(std::chrono::seconds(60));
  ExpectServing();
}

TEST_F(HostileTest, GarbageUnderTlsClosesTheConnection) {
  RawTls raw(server->port());
  raw.SendUnderTls(std::string(500, '\x5a'));
  ExpectRefusal(raw.ReadToEnd());
  EXPECT_EQ(Exchange(std::string("\x16\x03\x01 not HTTP\r\n\r\n")).rfind("HTTP/1.1 400", 0), 0U);
  ExpectServing();
}

TEST_F(HostileTest, ControlCharactersInPathsAndHeadersAreRefused) {
  using namespace std::string_literals;
  for (const std::string& request : {
           "GET /a\0b HTTP/1.1\r\n\r\n"s,
           "GET /a%00b HTTP/1.1\r\n\r\n"s,
           "GET /a%0d%0aX-Injected:%201 HTTP/1.1\r\n\r\n"s,
           "GET /a\rb HTTP/1.1\r\n\r\n"s,
           "GET /a\nb HTTP/1.1\r\n\r\n"s,
           "GET /x HTTP/1.1\r\nX-A: a\0b\r\n\r\n"s,
           "GET /x HTTP/1.1\r\nX A: 1\r\n\r\n"s,
           "GET http://elsewhere/x HTTP/1.1\r\n\r\n"s,
           "GET /%zz HTTP/1.1\r\n\r\n"s,
       }) {
    SCOPED_TRACE(request);
    const std::string answer = Exchange(request);
    ExpectRefusal(answer);
    EXPECT_EQ(answer.rfind("HTTP/1.1 400", 0), 0U) << answer;
  }
  ExpectServing();
}

}  // namespace
}  // namespace verge::sys::http
