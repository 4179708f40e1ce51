// The real server and the real client over loopback TLS.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "sys/crypto/x509.h"
#include "sys/file/file.h"
#include "sys/file/temp_dir.h"
#include "sys/http/client.h"
#include "sys/http/server.h"

namespace verge::sys::http {
namespace {

struct Certificates {
  KeyAndCertificate ca;
  KeyAndCertificate server;
  KeyAndCertificate other_ca;
  std::string client_key;
  std::string client_certificate;
};

const Certificates& Certs() {
  static const Certificates certs = [] {
    Certificates c;
    c.ca = CreateCa("test CA", 10).value();
    c.other_ca = CreateCa("test CA", 10).value();
    c.server = CreateServerCertificate(c.ca, {"localhost", "127.0.0.1"}, 10).value();
    const KeyAndRequest request = CreateCsr("x").value();
    c.client_key = request.key_pem;
    c.client_certificate = SignClientCertificate(c.ca, request.csr_pem, "dev-1", 10).value();
    return c;
  }();
  return certs;
}

class CountingSink final : public BodySink {
 public:
  CountingSink(uint64_t* total, std::atomic<int>* destroyed) : total_(total), destroyed_(destroyed) {}
  ~CountingSink() override { ++*destroyed_; }
  Status Write(std::span<const uint8_t> bytes) override {
    *total_ += bytes.size();
    return Status::Ok();
  }

 private:
  uint64_t* total_;
  std::atomic<int>* destroyed_;
};

// Paths: /echo, /who, /file, /sink, /wait (answers when told), /lost (never answers), /reject.
class TestHandler final : public Handler {
 public:
  BodyPlan Begin(const Request& head) override {
    BodyPlan plan;
    plan.max_bytes = 1000;
    if (head.path == "/reject") {
      plan.reject = Response{};
      plan.reject->status = 401;
    } else if (head.path == "/sink") {
      plan.max_bytes = 1 << 30;
      plan.sink = std::make_unique<CountingSink>(&sunk_bytes, &sinks_destroyed);
    }
    return plan;
  }
  void Handle(Request request, Responder respond) override {
    Response response;
    if (request.path == "/echo") response.body = request.body;
    if (request.path == "/who") response.body = request.peer_name;
    if (request.path == "/sink") response.body = std::to_string(sunk_bytes);
    if (request.path == "/lost") return;
    if (request.path == "/file") {
      response.file = FileBody{file_path, file_size};
      response.headers.Set("ETag", "\"v1\"");
    }
    if (request.path == "/wait") {
      const std::lock_guard lock(mutex);
      waiting.push_back(respond);
      changed.notify_all();
      return;
    }
    response.identity = "tester";
    respond(std::move(response));
  }
  void AwaitWaiters(size_t count) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return waiting.size() >= count; });
  }

  std::string file_path;
  uint64_t file_size = 0;
  uint64_t sunk_bytes = 0;
  std::atomic<int> sinks_destroyed{0};
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Responder> waiting;
};

class HttpTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ServerConfig config;
    config.certificate_chain_pem = Certs().server.certificate_pem + Certs().ca.certificate_pem;
    config.key_pem = Certs().server.key_pem;
    config.client_ca_pem = Certs().ca.certificate_pem;
    config.access_log = [this](const AccessRecord& record) {
      const std::lock_guard lock(log_mutex);
      log.push_back(record);
      log_changed.notify_all();
    };
    auto started = Server::Start(std::move(config), &handler);
    ASSERT_TRUE(started.ok()) << started.status().ToString();
    server = std::move(started).value();
  }
  void TearDown() override {
    if (server) server->Stop();
  }

  ClientConfig Config() const {
    ClientConfig config;
    config.url = "https://127.0.0.1:" + std::to_string(server->port());
    config.ca_pem = Certs().ca.certificate_pem;
    return config;
  }
  std::unique_ptr<Client> Connect() const { return Client::Open(Config()).value(); }
  static ClientRequest Get(const std::string& target) {
    ClientRequest request;
    request.target = target;
    return request;
  }
  static ClientRequest Post(const std::string& target, std::string body) {
    ClientRequest request;
    request.method = Method::kPost;
    request.target = target;
    request.body = std::move(body);
    return request;
  }
  void AwaitLog(size_t count) {
    std::unique_lock lock(log_mutex);
    log_changed.wait(lock, [&] { return log.size() >= count; });
  }
  void MakeFile(size_t size) {
    std::string bytes(size, '\0');
    for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 31 + i / 251);
    content = bytes;
    handler.file_path = dir.File("blob");
    handler.file_size = size;
    ASSERT_TRUE(WriteFileAtomic(handler.file_path, bytes).ok());
  }

  TempDir dir = TempDir::Create().value();
  TestHandler handler;
  std::unique_ptr<Server> server;
  std::string content;
  std::mutex log_mutex;
  std::condition_variable log_changed;
  std::vector<AccessRecord> log;
};

TEST_F(HttpTest, EchoesOnOneConnection) {
  const std::unique_ptr<Client> client = Connect();
  for (const char* text : {"one", "two", ""}) {
    const auto response = client->Send(Post("/echo", text));
    ASSERT_TRUE(response.ok()) << response.status().ToString();
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->body, text);
  }
  AwaitLog(3);
  const std::lock_guard lock(log_mutex);
  ASSERT_EQ(log.size(), 3U);
  EXPECT_EQ(log[0].remote, log[2].remote) << "the connection was not reused";
  EXPECT_EQ(log[0].bytes, 3U);
  EXPECT_EQ(log[0].identity, "tester");
}

TEST_F(HttpTest, ClientCertificateGivesTheName) {
  const auto without = Connect()->Send(Get("/who"));
  ASSERT_TRUE(without.ok()) << without.status().ToString();
  EXPECT_EQ(without->body, "");
  ClientConfig config = Config();
  config.certificate_pem = Certs().client_certificate;
  config.key_pem = Certs().client_key;
  const auto with = Client::Open(config).value()->Send(Get("/who"));
  ASSERT_TRUE(with.ok()) << with.status().ToString();
  EXPECT_EQ(with->body, "dev-1");
}

TEST_F(HttpTest, ForeignClientCertificateIsRefused) {
  const KeyAndRequest request = CreateCsr("x").value();
  ClientConfig config = Config();
  config.certificate_pem = SignClientCertificate(Certs().other_ca, request.csr_pem, "dev-1", 10).value();
  config.key_pem = request.key_pem;
  const auto answer = Client::Open(config).value()->Send(Get("/who"));
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.code(), StatusCode::kPermission) << answer.status().ToString();
}

TEST_F(HttpTest, TrustIsChecked) {
  ClientConfig config = Config();
  config.ca_pem = Certs().other_ca.certificate_pem;
  EXPECT_EQ(Client::Open(config).value()->Send(Get("/who")).code(), StatusCode::kPermission);
  config.ca_pem.clear();
  config.ca_pin_hex = CertificateFingerprint(Certs().ca.certificate_pem).value().substr(0, 32);
  const auto pinned = Client::Open(config).value()->Send(Get("/who"));
  EXPECT_TRUE(pinned.ok()) << pinned.status().ToString();
  config.ca_pin_hex = CertificateFingerprint(Certs().other_ca.certificate_pem).value().substr(0, 32);
  EXPECT_EQ(Client::Open(config).value()->Send(Get("/who")).code(), StatusCode::kPermission);
  // The server's own certificate is no CA: pinning it must not help.
  config.ca_pin_hex = CertificateFingerprint(Certs().server.certificate_pem).value();
  EXPECT_EQ(Client::Open(config).value()->Send(Get("/who")).code(), StatusCode::kPermission);
  config.ca_pin_hex = "00";
  EXPECT_EQ(Client::Open(config).code(), StatusCode::kInvalidArgument);
}

TEST_F(HttpTest, NameIsChecked) {
  ServerConfig config;
  const KeyAndCertificate elsewhere = CreateServerCertificate(Certs().ca, {"elsewhere.example"}, 10).value();
  config.certificate_chain_pem = elsewhere.certificate_pem;
  config.key_pem = elsewhere.key_pem;
  const std::unique_ptr<Server> other = Server::Start(config, &handler).value();
  ClientConfig client = Config();
  client.url = "https://127.0.0.1:" + std::to_string(other->port());
  EXPECT_EQ(Client::Open(client).value()->Send(Get("/who")).code(), StatusCode::kPermission);
}

TEST_F(HttpTest, BadUrlsAndPorts) {
  for (const char* url :
       {"", "http://a", "https://", "https://a/b", "https://a:0", "https://a:70000", "https://u@a", "https://[::1"}) {
    ClientConfig config = Config();
    config.url = url;
    EXPECT_EQ(Client::Open(config).code(), StatusCode::kInvalidArgument) << url;
  }
  ClientConfig config = Config();
  server->Stop();
  EXPECT_EQ(Client::Open(config).value()->Send(Get("/who")).code(), StatusCode::kUnavailable);
}

TEST_F(HttpTest, FileRanges) {
  MakeFile(300000);
  const std::unique_ptr<Client> client = Connect();
  std::string got;
  ClientRequest request = Get("/file");
  request.sink = [&](std::span<const uint8_t> bytes, uint64_t offset) {
    EXPECT_EQ(offset, got.size());
    got.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return Status::Ok();
  };
  auto whole = client->Send(request);
  ASSERT_TRUE(whole.ok()) << whole.status().ToString();
  EXPECT_EQ(got, content);
  got = content.substr(0, 123457);
  request.range_start = got.size();
  auto rest = client->Send(request);
  ASSERT_TRUE(rest.ok()) << rest.status().ToString();
  EXPECT_EQ(rest->status, 206);
  EXPECT_EQ(rest->offset, 123457U);
  EXPECT_EQ(got, content);
  request.range_start = 300000;
  EXPECT_EQ(client->Send(request)->status, 416);
  request = Get("/file");
  request.headers.Set("If-None-Match", "\"v1\"");
  EXPECT_EQ(client->Send(request)->status, 304);
  request = Get("/file");
  request.headers.Set("Range", "bytes=-5");
  request.headers.Set("If-Range", "\"old\"");
  EXPECT_EQ(client->Send(request)->body.size(), 300000U);
  request.method = Method::kHead;
  const auto head = client->Send(request);
  ASSERT_TRUE(head.ok()) << head.status().ToString();
  EXPECT_EQ(head->headers.Find("Content-Length"), "300000");
  EXPECT_EQ(head->body, "");
}

TEST_F(HttpTest, SinkMayStopADownloadAndTheLogTellsHowFarItCame) {
  MakeFile(20 << 20);
  const std::unique_ptr<Client> client = Connect();
  ClientRequest request = Get("/file");
  request.sink = [&](std::span<const uint8_t>, uint64_t offset) {
    return offset > 200000 ? VERGE_ERROR(kResourceExhausted, "disk full") : Status::Ok();
  };
  EXPECT_EQ(client->Send(request).code(), StatusCode::kResourceExhausted);
  AwaitLog(1);
  const std::lock_guard lock(log_mutex);
  EXPECT_LT(log[0].bytes, 20U << 20);
  EXPECT_GE(log[0].bytes, 200000U);
}

TEST_F(HttpTest, BodiesHaveLimits) {
  const std::unique_ptr<Client> client = Connect();
  EXPECT_EQ(client->Send(Post("/echo", std::string(1000, 'x')))->status, 200);
  EXPECT_EQ(client->Send(Post("/echo", std::string(1001, 'x')))->status, 413);
  const auto large = client->Send(Post("/echo", std::string(5'000'000, 'x')));  // the answer comes before the end
  EXPECT_TRUE(large.ok() ? large->status == 413 : large.code() == StatusCode::kUnavailable);
  EXPECT_EQ(client->Send(Post("/reject", "abc"))->status, 401);
  ClientRequest headers = Get("/who");
  headers.headers.Set("X-Long", std::string(20000, 'h'));
  EXPECT_EQ(client->Send(headers)->status, 431);
  EXPECT_EQ(client->Send(Get("/../etc/passwd"))->status, 400);
  EXPECT_EQ(client->Send(Get("/who"))->status, 200);
  ClientRequest small = Get("/file");
  MakeFile(5000);
  small.max_body_bytes = 4999;
  EXPECT_EQ(client->Send(small).code(), StatusCode::kResourceExhausted);
}

TEST_F(HttpTest, SinkTakesALargeBodyFromAFile) {
  MakeFile(3'000'001);
  ClientRequest request = Post("/sink", "");
  request.body_file = handler.file_path;
  const auto response = Connect()->Send(request);
  ASSERT_TRUE(response.ok()) << response.status().ToString();
  EXPECT_EQ(response->body, "3000001");
}

TEST_F(HttpTest, LongPollIsAnsweredFromAnotherThread) {
  std::thread other([&] {
    handler.AwaitWaiters(1);
    Response response;
    response.body = "now";
    handler.waiting[0](std::move(response));
    handler.waiting[0](Response{});  // the second answer is nobody's
  });
  const auto response = Connect()->Send(Get("/wait"));
  other.join();
  ASSERT_TRUE(response.ok()) << response.status().ToString();
  EXPECT_EQ(response->body, "now");
  const auto lost = Connect()->Send(Get("/lost"));
  ASSERT_TRUE(lost.ok());
  EXPECT_EQ(lost->status, 500);
}

TEST_F(HttpTest, StopAnswersLongPollsAndOutlivedRespondersAreHarmless) {
  std::thread stopper([&] {
    handler.AwaitWaiters(1);
    server->Stop();
  });
  const auto response = Connect()->Send(Get("/wait"));
  stopper.join();
  ASSERT_TRUE(response.ok()) << response.status().ToString();
  EXPECT_EQ(response->status, 503);
  server.reset();
  handler.waiting[0](Response{});
}

TEST_F(HttpTest, CancelEndsAWait) {
  const std::unique_ptr<Client> client = Connect();
  std::thread canceller([&] {
    handler.AwaitWaiters(1);
    client->Cancel();
  });
  EXPECT_EQ(client->Send(Get("/wait")).code(), StatusCode::kCancelled);
  canceller.join();
  EXPECT_EQ(client->Send(Get("/who")).code(), StatusCode::kCancelled);
}

TEST_F(HttpTest, AfterRunsATask) {
  std::mutex mutex;
  std::condition_variable changed;
  bool ran = false;
  server->After(std::chrono::milliseconds(1), [&] {
    const std::lock_guard lock(mutex);
    ran = true;
    changed.notify_all();
  });
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return ran; });
}

TEST_F(HttpTest, PlainBytesOnTheTlsPortDoNoHarm) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(server->port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  const std::string text = "GET /who HTTP/1.1\r\n\r\n";
  ASSERT_EQ(::write(fd, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  char byte = 0;
  while (::read(fd, &byte, 1) > 0) {
  }
  ::close(fd);
  EXPECT_TRUE(Connect()->Send(Get("/who")).ok());
}

}  // namespace
}  // namespace verge::sys::http
