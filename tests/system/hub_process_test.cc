// The real verge-hub as a process of its own: killed without warning in the middle of its work, stopped politely, and
// visited by a foreign registry client (skopeo).
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <optional>
#include <thread>

#include "format/package/layout.h"
#include "proto/device.h"
#include "proto/operator.h"
#include "sys/crypto/hash.h"
#include "sys/crypto/sign.h"
#include "sys/crypto/x509.h"
#include "sys/file/file.h"
#include "sys/file/temp_dir.h"
#include "sys/http/client.h"
#include "sys/process/process.h"

namespace verge {
namespace {

constexpr int kBatchEvents = 100;

sys::Captured RunProgram(std::vector<std::string> argv) {
  sys::SpawnOptions options;
  options.argv = std::move(argv);
  Result<sys::Captured> captured = sys::RunAndCapture(options, {});
  EXPECT_TRUE(captured.ok()) << captured.status().ToString();
  return captured.ok() ? std::move(*captured) : sys::Captured{{127, 0}, "", ""};
}

class HubProcess : public ::testing::Test {
 protected:
  void SetUp() override {
    const sys::Captured made = RunProgram({VERGE_HUB, "init", "--data", dir.File("hub")});
    ASSERT_TRUE(made.status.success()) << made.error;
    token = sys::ReadFile(dir.File("hub/admin.token"), 1000).value();
    token.pop_back();
    ca_pem = sys::ReadFile(dir.File("hub/ca.pem"), 100000).value();
    Start();
  }
  void TearDown() override {
    if (process) (void)process->Kill(SIGKILL);
  }

  void Start() {
    ASSERT_TRUE(sys::RemoveFile(dir.File("port")).ok());
    sys::SpawnOptions options;
    options.argv = {VERGE_HUB,     "serve",       "--data",         dir.File("hub"), "--listen",
                    "127.0.0.1:0", "--port-file", dir.File("port"), "--access-log",  dir.File("access.log")};
    Result<sys::Process> started = sys::Process::Spawn(options);
    ASSERT_TRUE(started.ok()) << started.status().ToString();
    process.emplace(std::move(*started));
    while (!sys::Exists(dir.File("port"))) {
      const auto ended = process->Poll();
      ASSERT_TRUE(ended.ok() && !ended->has_value()) << "verge-hub ended before it served";
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    std::string port = sys::ReadFile(dir.File("port"), 100).value();
    port.pop_back();
    address = "127.0.0.1:" + port;
  }
  sys::ExitStatus End(int signal) {
    EXPECT_TRUE(process->Kill(signal).ok());
    const Result<sys::ExitStatus> status = process->Wait(60'000);
    EXPECT_TRUE(status.ok()) << status.status().ToString();
    return status.ok() ? *status : sys::ExitStatus{1, 0};
  }

  std::unique_ptr<sys::http::Client> Connect() const {
    sys::http::ClientConfig config;
    config.url = "https://" + address;
    config.ca_pem = ca_pem;
    config.certificate_pem = device.certificate;
    config.key_pem = device_key;
    return sys::http::Client::Open(config).value();
  }
  static sys::http::ClientRequest Request(sys::http::Method method, const std::string& target, std::string body = "") {
    sys::http::ClientRequest request;
    request.method = method;
    request.target = target;
    request.body = std::move(body);
    return request;
  }
  sys::http::ClientResponse Operator(sys::http::Method method, const std::string& target, std::string body = "") const {
    sys::http::ClientRequest request = Request(method, target, std::move(body));
    request.headers.Set("Authorization", "Bearer " + token);
    Result<sys::http::ClientResponse> response = Connect()->Send(request);
    EXPECT_TRUE(response.ok()) << response.status().ToString();
    return response.ok() ? std::move(*response) : sys::http::ClientResponse{};
  }
  void Enrol() {
    const auto made = Operator(sys::http::Method::kPost, "/api/v1/enrolment-tokens", R"({"group":"demo"})");
    const sys::KeyAndRequest keys = sys::CreateCsr("x").value();
    const proto::EnrolRequest request{proto::ParseEnrolmentToken(made.body).value().token, "n", keys.csr_pem, {}, ""};
    const auto answer = Operator(sys::http::Method::kPost, "/api/v1/enrol", proto::ToJson(request));
    ASSERT_EQ(answer.status, 201) << answer.body;
    device = proto::ParseEnrolAnswer(answer.body).value();
    device_key = keys.key_pem;
  }

  static std::string Batch(int64_t first_seq) {
    proto::EventBatch batch;
    batch.epoch = 1;
    for (int64_t seq = first_seq; seq < first_seq + kBatchEvents; ++seq) {
      proto::Event event;
      event.epoch = 1;
      event.seq = seq;
      event.app = "obstacle";
      event.version = 1;
      event.kind = "person";
      batch.events.push_back(std::move(event));
    }
    return proto::ToJson(batch);
  }
  // Sends batches until the hub is gone or `until` (a seq) is acknowledged. Returns the last acknowledged seq.
  int64_t SendEvents(int64_t acknowledged, int64_t until, std::atomic<int64_t>& progress) const {
    const std::unique_ptr<sys::http::Client> client = Connect();
    while (acknowledged < until) {
      const auto answer =
          client->Send(Request(sys::http::Method::kPost, "/api/v1/device/events", Batch(acknowledged + 1)));
      if (!answer.ok()) break;
      EXPECT_EQ(answer->status, 200) << answer->body;
      if (answer->status != 200) break;
      acknowledged = proto::ParseEventsAnswer(answer->body).value().acknowledged.seq;
      progress = acknowledged;
    }
    return acknowledged;
  }
  int64_t EventsOfDevice() const {
    const auto shown = Operator(sys::http::Method::kGet, "/api/v1/devices/" + device.device_id);
    return proto::ParseDevice(shown.body).value().events;
  }

  sys::TempDir dir = sys::TempDir::Create().value();
  std::string token;
  std::string ca_pem;
  std::string address;
  proto::EnrolAnswer device;
  std::string device_key;
  std::optional<sys::Process> process;
};

TEST_F(HubProcess, KilledInABatchKeepsItWholeOrNotAtAll) {
  Enrol();
  int64_t acknowledged = 0;
  for (int round = 1; round <= 5; ++round) {
    std::atomic<int64_t> progress{acknowledged};
    int64_t sent = acknowledged;
    std::thread sender([&] { sent = SendEvents(acknowledged, int64_t{1} << 40, progress); });
    while (progress < acknowledged + 3 * kBatchEvents) std::this_thread::yield();
    EXPECT_EQ(End(SIGKILL).signal, SIGKILL);  // the sender is in the middle of another batch
    sender.join();
    Start();
    const int64_t kept = EventsOfDevice();
    EXPECT_EQ(kept % kBatchEvents, 0) << "a part of a batch";
    EXPECT_GE(kept, sent) << "acknowledged, then lost";
    EXPECT_LE(kept, sent + kBatchEvents) << "never sent";
    acknowledged = sent;  // as a device that did not hear of the last batch: it sends that again
  }
  std::atomic<int64_t> progress{0};
  const int64_t last = acknowledged + 5 * kBatchEvents;
  EXPECT_EQ(SendEvents(acknowledged, last, progress), last);
  EXPECT_EQ(EventsOfDevice(), last) << "each exactly once";
}

TEST_F(HubProcess, KilledInAnUploadHasNothingOfIt) {
  const std::string large = dir.File("large");
  ASSERT_TRUE(sys::WriteFileAtomic(large, std::string(size_t{64} << 20, 'v')).ok());
  const std::string digest = sys::DigestNameOfFile(large).value();
  const auto started = Operator(sys::http::Method::kPost, "/v2/obstacle/blobs/uploads/");
  const std::string location(started.headers.Find("Location"));
  const std::string partial = dir.File("hub/uploads") + location.substr(location.rfind('/'));
  sys::http::ClientRequest put = Request(sys::http::Method::kPut, location + "?digest=" + digest);
  put.headers.Set("Authorization", "Bearer " + token);
  put.body_file = large;
  std::thread sender([&] { EXPECT_FALSE(Connect()->Send(put).ok()); });
  while (sys::FileSize(partial).ok() && *sys::FileSize(partial) == 0) std::this_thread::yield();
  End(SIGKILL);
  sender.join();
  Start();
  EXPECT_EQ(Operator(sys::http::Method::kGet, "/v2/obstacle/blobs/" + digest).status, 404);
  EXPECT_TRUE(sys::ListDir(dir.File("hub/blobs/sha256"))->empty());
  EXPECT_TRUE(sys::ListDir(dir.File("hub/uploads"))->empty());
}

TEST_F(HubProcess, StopsPolitelyWithALongPollOpen) {
  Enrol();
  std::thread poll([&] {
    const auto answer = Connect()->Send(Request(sys::http::Method::kGet, "/api/v1/device/desired?revision=1&wait=60"));
    EXPECT_TRUE(!answer.ok() || answer->status == 503);
  });
  EXPECT_TRUE(End(SIGTERM).success());
  poll.join();
}

TEST_F(HubProcess, SaysWhatIsWrongWithItsFlags) {
  const sys::Captured nothing = RunProgram({VERGE_HUB, "serve", "--data", dir.File("nothing")});
  EXPECT_FALSE(nothing.status.success());
  EXPECT_NE(nothing.error.find("verge-hub init"), std::string::npos) << nothing.error;
  const sys::Captured again = RunProgram({VERGE_HUB, "init", "--data", dir.File("hub")});
  EXPECT_FALSE(again.status.success());
  EXPECT_NE(again.error.find("holds a hub already"), std::string::npos) << again.error;
  const sys::Captured second = RunProgram({VERGE_HUB, "serve", "--data", dir.File("hub"), "--listen", "127.0.0.1:0"});
  EXPECT_FALSE(second.status.success());
  const sys::Captured listen = RunProgram({VERGE_HUB, "serve", "--data", dir.File("hub"), "--listen", "here"});
  EXPECT_FALSE(listen.status.success());
  EXPECT_NE(listen.error.find("ADDRESS:PORT"), std::string::npos) << listen.error;
}

// A foreign client pushes a package, looks at it, and pulls it back unchanged.
TEST_F(HubProcess, SkopeoPushesInspectsAndPulls) {
  const std::string yaml = dir.File("app.yaml");
  const std::string model = dir.File("model.bin");
  ASSERT_TRUE(sys::WriteFileAtomic(yaml, "kind: app\n").ok());
  ASSERT_TRUE(sys::WriteFileAtomic(model, std::string(3 << 20, 'm')).ok());
  const package::Layout layout =
      package::PackFiles("obstacle", 1, {{"app.yaml", yaml}, {"models/m.bin", model}}, dir.File("out")).value();
  ASSERT_TRUE(sys::MakeDirs(dir.File("certs")).ok());
  ASSERT_TRUE(sys::WriteFileAtomic(dir.File("certs/ca.crt"), ca_pem).ok());
  const std::string remote = "docker://" + address + "/obstacle:1";
  const std::string creds = "operator:" + token;

  const sys::Captured denied = RunProgram({"skopeo", "inspect", "--raw", "--cert-dir", dir.File("certs"), remote});
  EXPECT_FALSE(denied.status.success());
  const sys::Captured pushed = RunProgram({"skopeo", "copy", "--insecure-policy", "--dest-cert-dir", dir.File("certs"),
                                           "--dest-creds", creds, "oci:" + dir.File("out") + ":obstacle:1", remote});
  ASSERT_TRUE(pushed.status.success()) << pushed.error;
  const sys::Captured raw =
      RunProgram({"skopeo", "inspect", "--raw", "--cert-dir", dir.File("certs"), "--creds", creds, remote});
  ASSERT_TRUE(raw.status.success()) << raw.error;
  EXPECT_EQ(sys::DigestNameOf(raw.output), layout.descriptor.digest);
  const sys::Captured pulled = RunProgram({"skopeo", "copy", "--insecure-policy", "--src-cert-dir", dir.File("certs"),
                                           "--src-creds", creds, remote, "oci:" + dir.File("back") + ":obstacle:1"});
  ASSERT_TRUE(pulled.status.success()) << pulled.error;
  // Its index.json is skopeo's own; the blobs are ours, byte for byte.
  std::vector<std::string> digests = {layout.descriptor.digest, layout.manifest.config.digest};
  for (const package::File& file : layout.manifest.files) digests.push_back(file.blob.digest);
  for (const std::string& digest : digests) {
    const auto back = sys::DigestNameOfFile(dir.File("back/blobs/sha256/") + digest.substr(digest.find(':') + 1));
    ASSERT_TRUE(back.ok()) << back.status().ToString();
    EXPECT_EQ(*back, digest);
  }
}

}  // namespace
}  // namespace verge
