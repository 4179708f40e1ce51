// What transcripts cannot say: several clients at once, real packages, restarts.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "format/package/layout.h"
#include "hub/testing/test_hub.h"
#include "hub/testing/test_publisher.h"
#include "sys/crypto/hash.h"

namespace verge::hub {
namespace {

class HubTest : public ::testing::Test {
 protected:
  // A package of one file on disk.
  package::Layout Pack(int64_t version, const std::string& text = "kind: app\n") {
    const std::string origin = hub.File("app.yaml");
    EXPECT_TRUE(sys::WriteFileAtomic(origin, text + std::to_string(version)).ok());
    auto layout =
        package::PackFiles("obstacle", version, {{"app.yaml", origin}}, hub.File("out" + std::to_string(version)));
    EXPECT_TRUE(layout.ok()) << layout.status().ToString();
    return std::move(*layout);
  }
  void PushBlob(const package::Layout& layout, const std::string& digest) {
    const std::string bytes = sys::ReadFile(layout.BlobPath(digest), 1 << 20).value();
    const auto answer = hub.Operator("POST", "/v2/obstacle/blobs/uploads/?digest=" + digest, bytes);
    EXPECT_EQ(answer.status, 201) << answer.body;
  }
  void PushManifest(const package::Layout& layout, const std::string& digest) {
    const std::string bytes = sys::ReadFile(layout.BlobPath(digest), 1 << 20).value();
    const auto answer = hub.Operator("PUT", "/v2/obstacle/manifests/" + digest, bytes);
    EXPECT_EQ(answer.status, 201) << answer.body;
  }
  void Push(const package::Layout& layout) {
    PushBlob(layout, layout.manifest.config.digest);
    for (const package::File& file : layout.manifest.files) PushBlob(layout, file.blob.digest);
    PushManifest(layout, layout.descriptor.digest);
  }
  // Pushes the package and signs it.
  void Publish(const package::Layout& layout) {
    Push(layout);
    publisher.Name("obstacle/" + std::to_string(layout.manifest.version), layout.descriptor.size,
                   layout.descriptor.digest);
    EXPECT_EQ(publisher.Publish(hub).status, 204);
  }
  sys::http::ClientResponse Release(const package::Layout& layout) {
    const proto::ReleaseRequest request{"obstacle", layout.manifest.version, layout.descriptor.digest};
    return hub.Operator("POST", "/api/v1/releases", proto::ToJson(request));
  }
  proto::Deployment Deploy(int64_t version, const std::string& group) {
    const auto answer = hub.Operator("POST", "/api/v1/deployments",
                                     proto::ToJson(proto::DeploymentRequest{"obstacle", version, group}));
    EXPECT_EQ(answer.status, 201) << answer.body;
    return proto::ParseDeployment(answer.body).value();
  }
  proto::Deployment Find(const std::string& id) {
    return proto::ParseDeployment(hub.Operator("GET", "/api/v1/deployments/" + id).body).value();
  }
  void Report(const TestDevice& device, const std::string& deployment, proto::DeviceState state,
              const std::string& detail) {
    proto::Reported reported;
    reported.agent_version = "0.1.0";
    reported.boot_id = "b";
    reported.deployments.push_back({deployment, state, detail, 123});
    EXPECT_EQ(hub.Device(device, "PUT", "/api/v1/device/reported", proto::ToJson(reported)).status, 204);
  }
  proto::Desired DesiredOf(const TestDevice& device) {
    return proto::ParseDesired(hub.Device(device, "GET", "/api/v1/device/desired").body).value();
  }

  TestHub hub;
  TestPublisher publisher{hub};
};

TEST_F(HubTest, ReleaseNeedsManifestFilesAndTheRepository) {
  const package::Layout layout = Pack(1);
  EXPECT_EQ(Release(layout).status, 422);  // nothing was pushed
  Push(layout);
  const auto unsigned_answer = Release(layout);
  EXPECT_EQ(unsigned_answer.status, 422) << unsigned_answer.body;
  EXPECT_NE(unsigned_answer.body.find("no publisher has signed it"), std::string::npos);
  Publish(layout);
  const auto released = Release(layout);
  ASSERT_EQ(released.status, 201) << released.body;
  const proto::Release release = proto::ParseRelease(released.body).value();
  EXPECT_EQ(release.keyid, tuf::KeyIdOf(tuf::Ed25519Key(publisher.targets_key.public_key)));
  EXPECT_EQ(release.size_bytes, layout.manifest.total_bytes());
  EXPECT_EQ(Release(layout).status, 201);  // the same again
  const package::Layout other = Pack(1, "kind: other\n");
  Publish(other);
  EXPECT_EQ(Release(other).status, 409);  // a release never changes
}

TEST_F(HubTest, AnotherManifestThanTheSignedOneIsNoRelease) {
  const package::Layout layout = Pack(1);
  Publish(layout);
  const package::Layout other = Pack(1, "kind: other\n");
  Push(other);
  const auto answer = Release(other);
  EXPECT_EQ(answer.status, 422) << answer.body;
  EXPECT_NE(answer.body.find("signed another manifest"), std::string::npos) << answer.body;
  const proto::ReleaseRequest lie{"obstacle", 3, layout.descriptor.digest};
  EXPECT_EQ(hub.Operator("POST", "/api/v1/releases", proto::ToJson(lie)).status, 422);
  EXPECT_EQ(hub.Operator("GET", "/api/v1/releases").body, R"({"releases":[]})");
}

TEST_F(HubTest, DeploymentGoesFromPendingToItsEnd) {
  const TestDevice first = hub.Enrol("demo");
  const TestDevice second = hub.Enrol("demo");
  const TestDevice elsewhere = hub.Enrol("yard");
  const package::Layout layout = Pack(1);
  Publish(layout);
  ASSERT_EQ(Release(layout).status, 201);
  const proto::Deployment deployment = Deploy(1, "demo");
  EXPECT_EQ(deployment.counts.pending, 2);
  const proto::Desired desired = DesiredOf(first);
  ASSERT_EQ(desired.apps.size(), 1U);
  EXPECT_EQ(desired.apps[0].manifest_digest, layout.descriptor.digest);
  EXPECT_EQ(desired.apps[0].manifest_size, layout.descriptor.size);
  EXPECT_EQ(desired.apps[0].deployment, deployment.id);
  EXPECT_TRUE(DesiredOf(elsewhere).apps.empty());

  Report(first, deployment.id, proto::DeviceState::kCommitted, "");
  Report(elsewhere, deployment.id, proto::DeviceState::kFailed, "not mine");  // has no part in it
  EXPECT_EQ(Find(deployment.id).state, proto::DeploymentState::kActive);
  EXPECT_EQ(Find(deployment.id).devices.size(), 2U);
  Report(second, deployment.id, proto::DeviceState::kCommitted, "");
  EXPECT_EQ(Find(deployment.id).state, proto::DeploymentState::kCompleted);

  const TestDevice late = hub.Enrol("demo");  // later members get it too
  EXPECT_EQ(DesiredOf(late).apps.size(), 1U);
  EXPECT_EQ(Find(deployment.id).state, proto::DeploymentState::kActive);
  Report(late, deployment.id, proto::DeviceState::kRolledBack, "golden[0]: max error 0.31 > 0.0011");
  const proto::Deployment ended = Find(deployment.id);
  EXPECT_EQ(ended.state, proto::DeploymentState::kFailed);
  EXPECT_EQ(ended.counts.committed, 2);
  EXPECT_EQ(ended.counts.rolled_back, 1);
  EXPECT_NE(hub.Operator("GET", "/api/v1/deployments/" + deployment.id).body.find("max error 0.31"), std::string::npos);
}

TEST_F(HubTest, LongPollWakesForItsOwnGroupAndANewDeploymentSupersedes) {
  const TestDevice device = hub.Enrol("demo");
  for (const int64_t version : {1, 2}) {
    const package::Layout layout = Pack(version);
    Publish(layout);
    ASSERT_EQ(Release(layout).status, 201);
  }
  const proto::Deployment first = Deploy(1, "demo");
  const int64_t revision = DesiredOf(device).revision;
  std::atomic<bool> answered{false};
  std::string body;
  std::thread poll([&] {
    body = hub.Device(device, "GET", "/api/v1/device/desired?wait=60&revision=" + std::to_string(revision)).body;
    answered = true;
  });
  Deploy(1, "yard");  // concerns others
  EXPECT_FALSE(answered);
  Deploy(2, "demo");
  poll.join();
  const proto::Desired desired = proto::ParseDesired(body).value();
  ASSERT_EQ(desired.apps.size(), 1U);
  EXPECT_EQ(desired.apps[0].version, 2);
  EXPECT_GT(desired.revision, revision);
  EXPECT_EQ(Find(first.id).state, proto::DeploymentState::kSuperseded);
}

TEST_F(HubTest, LongPollEndsByItselfByRemovalAndByStop) {
  const TestDevice device = hub.Enrol("demo");
  EXPECT_EQ(hub.Device(device, "GET", "/api/v1/device/desired?revision=1&wait=1").status, 204);
  int status = 0;
  std::thread removed([&] { status = hub.Device(device, "GET", "/api/v1/device/desired?revision=1&wait=60").status; });
  hub.Operator("DELETE", "/api/v1/devices/" + device.id);
  removed.join();
  EXPECT_EQ(status, 403);
  const TestDevice other = hub.Enrol("demo");
  const auto client = hub.Connect(&other);
  ASSERT_EQ(client->Send(TestHub::Request("GET", "/v2/"))->status, 200);
  std::thread stopped([&] {
    const auto answer = client->Send(TestHub::Request("GET", "/api/v1/device/desired?revision=1&wait=60"));
    EXPECT_TRUE(!answer.ok() || answer->status == 503);
  });
  hub.Stop();
  stopped.join();
}

TEST_F(HubTest, CertificateOfADifferentHubIsNobody) {
  TestHub stranger;
  TestDevice device = stranger.Enrol("demo");
  const auto answer = hub.Connect(&device)->Send(TestHub::Request("GET", "/api/v1/device/desired"));
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.code(), StatusCode::kPermission) << answer.status().ToString();
}

TEST_F(HubTest, EnrolmentTokenWorksAsOftenAsItSays) {
  const auto made = hub.Operator("POST", "/api/v1/enrolment-tokens", R"({"group":"demo","uses":2})");
  const std::string token = proto::ParseEnrolmentToken(made.body).value().token;
  const sys::KeyAndRequest keys = sys::CreateCsr("x").value();
  const std::string body = proto::ToJson(proto::EnrolRequest{token, "n", keys.csr_pem, {}, ""});
  std::atomic<int> enrolled{0}, refused{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&] {
      const int status = TestHub::Must(hub.Connect()->Send(TestHub::Request("POST", "/api/v1/enrol", body))).status;
      ++(status == 201 ? enrolled : refused);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(enrolled, 2);
  EXPECT_EQ(refused, 4);
}

TEST_F(HubTest, ManyWritersLoseNoEvent) {
  constexpr int kDevices = 4;
  constexpr int kBatches = 10;
  std::vector<TestDevice> devices;
  for (int d = 0; d < kDevices; ++d) devices.push_back(hub.Enrol("demo"));
  std::vector<std::thread> threads;
  for (const TestDevice& device : devices) {
    threads.emplace_back([&hub = hub, &device] {
      const auto client = hub.Connect(&device);
      for (int b = 0; b < kBatches; ++b) {
        proto::EventBatch batch;
        batch.epoch = 1;
        for (int e = 0; e < 20; ++e) {
          proto::Event event;
          event.epoch = 1;
          event.seq = b * 20 + e + 1;
          event.app = "obstacle";
          event.version = 1;
          event.kind = "k";
          batch.events.push_back(event);
        }
        const auto answer = client->Send(TestHub::Request("POST", "/api/v1/device/events", proto::ToJson(batch)));
        ASSERT_TRUE(answer.ok()) << answer.status().ToString();
        EXPECT_EQ(proto::ParseEventsAnswer(answer->body)->acknowledged.seq, b * 20 + 20);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto summary = hub.Operator("GET", "/api/v1/summary");
  EXPECT_NE(summary.body.find("\"total\":800"), std::string::npos) << summary.body;
}

TEST_F(HubTest, BodiesAndHeadersBeyondTheLimits) {
  EXPECT_EQ(hub.Operator("POST", "/api/v1/deployments", std::string((1 << 20) + 1, ' ')).status, 413);
  EXPECT_EQ(hub.Operator("GET", "/api/v1/devices?" + std::string(1000, 'a')).status, 200);
  sys::http::ClientRequest request = TestHub::Request("GET", "/api/v1/health");
  request.headers.Set("X-Long", std::string(20000, 'x'));
  EXPECT_EQ(TestHub::Must(hub.Connect()->Send(request)).status, 431);
  const TestDevice device = hub.Enrol("demo");
  std::string events;
  for (int i = 1; i <= 501; ++i) {
    events += (i > 1 ? "," : "") + std::string(R"({"epoch":1,"seq":)") + std::to_string(i) +
              R"(,"app":"a","version":1,"priority":"bulk","kind":"k","time_ms":1,"data":{}})";
  }
  EXPECT_EQ(hub.Device(device, "POST", "/api/v1/device/events", R"({"epoch":1,"events":[)" + events + "]}").status,
            400);
}

// The connection ends in the middle of a large blob: nothing of it may count.
TEST_F(HubTest, CutUploadLeavesNoBlob) {
  const std::string large = hub.File("large");
  ASSERT_TRUE(sys::WriteFileAtomic(large, std::string(100 << 20, 'v')).ok());
  const std::string digest = sys::DigestNameOfFile(large).value();
  const auto started = hub.Operator("POST", "/v2/obstacle/blobs/uploads/");
  const std::string location(started.headers.Find("Location"));
  const std::string partial = hub.File("hub/uploads/") + location.substr(location.rfind('/') + 1);
  const auto client = hub.Connect();
  std::thread cutter([&] {
    while (sys::FileSize(partial).ok() && *sys::FileSize(partial) == 0) std::this_thread::yield();
    client->Cancel();
  });
  sys::http::ClientRequest patch = TestHub::Request("PATCH", location);
  patch.headers.Set("Authorization", "Bearer " + hub.token());
  patch.body_file = large;
  EXPECT_EQ(client->Send(patch).code(), StatusCode::kCancelled);
  cutter.join();
  EXPECT_TRUE(sys::ListDir(hub.File("hub/blobs/sha256"))->empty());
  // The server may still be reading what was on its way; then the upload is busy (409), else the digest is wrong (400).
  int status = 409;
  while (status == 409) status = hub.Operator("PUT", location + "?digest=" + digest).status;
  EXPECT_EQ(status, 400);
  EXPECT_EQ(hub.Operator("GET", "/v2/obstacle/blobs/" + digest).status, 404);
  EXPECT_TRUE(sys::ListDir(hub.File("hub/uploads"))->empty());
  EXPECT_TRUE(sys::ListDir(hub.File("hub/blobs/sha256"))->empty());
}

TEST_F(HubTest, RestartKeepsEverythingButUploads) {
  const TestDevice device = hub.Enrol("demo");
  const package::Layout layout = Pack(1);
  Publish(layout);
  ASSERT_EQ(Release(layout).status, 201);
  const proto::Deployment deployment = Deploy(1, "demo");
  const auto upload = hub.Operator("POST", "/v2/obstacle/blobs/uploads/");
  const std::string location(upload.headers.Find("Location"));
  hub.Restart();
  EXPECT_EQ(DesiredOf(device).apps.size(), 1U);
  EXPECT_EQ(Find(deployment.id).devices.size(), 1U);
  EXPECT_EQ(hub.Operator("GET", location).status, 404);
  const auto manifest = hub.Device(device, "GET", "/v2/obstacle/manifests/" + layout.descriptor.digest);
  EXPECT_EQ(sys::DigestNameOf(manifest.body), layout.descriptor.digest);
}

TEST_F(HubTest, OneProcessAFolderAndNoInitOverAHub) {
  HubOptions options;
  options.data_dir = hub.File("hub");
  EXPECT_EQ(Hub::Start(options).code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(InitDataDir({options.data_dir, {"localhost"}}).code(), StatusCode::kAlreadyExists);
  EXPECT_EQ(hub.Operator("GET", "/api/v1/summary").status, 200);  // untouched
  options.data_dir = hub.File("nothing");
  EXPECT_EQ(Hub::Start(options).code(), StatusCode::kNotFound);
}

TEST_F(HubTest, AccessLogTellsWhoAskedForWhichRange) {
  const TestDevice device = hub.Enrol("demo");
  const std::string digest = sys::DigestNameOf("hello");
  hub.Operator("POST", "/v2/obstacle/blobs/uploads/?digest=" + digest, "hello");
  sys::http::ClientRequest request = TestHub::Request("GET", "/v2/obstacle/blobs/" + digest);
  request.range_start = 2;
  const auto part = TestHub::Must(hub.Connect(&device)->Send(request));
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, "llo");
  hub.Stop();  // every line is written then
  const std::string log = sys::ReadFile(hub.File("access.log"), 1 << 20).value();
  const std::string wanted = R"("status":206,"bytes":3,)";
  const size_t at = log.find(wanted);
  ASSERT_NE(at, std::string::npos) << log;
  const std::string line = log.substr(at, log.find('\n', at) - at);
  EXPECT_NE(line.find(R"("identity":"device:)" + device.id + R"(","range":"bytes=2-")"), std::string::npos) << line;
}

}  // namespace
}  // namespace verge::hub
