// Every message against its golden text: tests/golden/proto/<name>.json is read, written again, and must not change.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "proto/device.h"
#include "proto/operator.h"
#include "proto/runner.h"

namespace verge::proto {
namespace {

std::string Golden(const std::string& name) {
  std::ifstream in(std::string(VERGE_SOURCE_DIR) + "/tests/golden/proto/" + name + ".json");
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

template <typename Parse>
void ExpectStable(const std::string& name, Parse parse) {
  const std::string text = Golden(name);
  ASSERT_FALSE(text.empty()) << name;
  auto message = parse(text);
  ASSERT_TRUE(message.ok()) << name << ": " << message.status().ToString();
  EXPECT_EQ(ToJson(*message), text) << name;
}

TEST(Messages, GoldenTextsStayAsTheyAre) {
  ExpectStable("enrol_request", ParseEnrolRequest);
  ExpectStable("enrol_answer", ParseEnrolAnswer);
  ExpectStable("desired", ParseDesired);
  ExpectStable("reported", ParseReported);
  ExpectStable("event_batch", ParseEventBatch);
  ExpectStable("events_answer", ParseEventsAnswer);
  ExpectStable("enrolment_token_request", ParseEnrolmentTokenRequest);
  ExpectStable("enrolment_token", ParseEnrolmentToken);
  ExpectStable("device_list", ParseDeviceList);
  ExpectStable("group_list", ParseGroupList);
  ExpectStable("release_request", ParseReleaseRequest);
  ExpectStable("release_list", ParseReleaseList);
  ExpectStable("deployment_request", ParseDeploymentRequest);
  ExpectStable("deployment", ParseDeployment);
  ExpectStable("hub_event_list", ParseHubEventList);
  ExpectStable("prove_report", ParseProveReport);
}

TEST(Messages, RunnerMessagesHaveTheirDocumentedText) {
  EXPECT_EQ(ToJson(Hello{1, "obstacle", 2, 123}),
            R"({"type":"hello","protocol":1,"app":"obstacle","version":2,"pid":123})");
  EXPECT_EQ(ToJson(Ready{}), R"({"type":"ready"})");
  EXPECT_EQ(ToJson(Heartbeat{5000, 123, {{"infer", 123, 0, 20000, 25000}}}),
            R"({"type":"heartbeat","uptime_ms":5000,"frames":123,"elements":[{"id":"infer","count":123,"drops":0,)"
            R"("p50_us":20000,"p99_us":25000}]})");
  EXPECT_EQ(ToJson(QualityReport{"scores", 3, false, "psi 1.3 > 0.25"}),
            R"({"type":"quality","monitor":"scores","window":3,"ok":false,"detail":"psi 1.3 > 0.25"})");
  EXPECT_EQ(ToJson(Finished{"end of stream", 795}), R"({"type":"finished","reason":"end of stream","frames":795})");
  EXPECT_EQ(ToJson(RunnerError{"a\"b"}), R"({"type":"error","message":"a\"b"})");
  EXPECT_EQ(ToJson(Stored{7}), R"({"type":"stored","id":7})");
  EXPECT_EQ(ToJson(Stop{}), R"({"type":"stop"})");
}

TEST(Messages, RunnerMessagesComeBack) {
  const RunnerEvent event{7, Priority::kAlert, "person-in-zone", 1760000000000, 12345, *JsonText::Parse(R"({"a":1})")};
  const Result<RunnerMessage> back = ParseRunnerMessage(ToJson(event));
  ASSERT_TRUE(back.ok());
  const auto* got = std::get_if<RunnerEvent>(&*back);
  ASSERT_NE(got, nullptr);
  EXPECT_EQ(ToJson(*got), ToJson(event));
  EXPECT_TRUE(std::holds_alternative<Hello>(*ParseRunnerMessage(ToJson(Hello{1, "a", 1, 1}))));
  EXPECT_TRUE(std::holds_alternative<Stop>(*ParseAgentMessage(ToJson(Stop{}))));
  EXPECT_EQ(std::get<Stored>(*ParseAgentMessage(ToJson(Stored{9}))).id, 9);
  EXPECT_EQ(std::get<UnknownMessage>(*ParseRunnerMessage(R"({"type":"later"})")).type, "later");
}

// Each line: a text that must be refused, and what the error must say.
TEST(Messages, RefusalsNameTheField) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"({"revision":"7","apps":[]})", "revision: expected an integer from 0 to 9007199254740991, got \"7\""},
      {R"({"revision":7.0,"apps":[]})", "revision: expected an integer"},
      {R"({"revision":-1,"apps":[]})", "revision: expected an integer"},
      {R"({"revision":18446744073709551615,"apps":[]})", "revision: expected an integer"},
      {R"({"apps":[]})", "revision: expected a value, it is missing"},
      {R"({"revision":1,"apps":{}})", "apps: expected a list of at most 256, got {}"},
      {R"({"revision":1,"apps":[[]]})", "apps[0]: expected an object, got []"},
      {R"({"revision":1,"apps":[{"deployment":"d","app":"../x","version":1}]})", "apps[0].app: expected a name"},
      {R"({"revision":1,"apps":[{"deployment":"d","app":"x","version":0}]})",
       "apps[0].version: expected an integer from 1"},
      {R"({"revision":1,"apps":[{"deployment":"d","app":"x","version":1,"manifest_digest":"sha256:A"}]})",
       "apps[0].manifest_digest: expected sha256: and 64 hex digits, got \"sha256:A\""},
      {R"([])", "the message: expected an object, got []"},
      {R"({"revision":1,)", "not valid JSON near byte"},
      {"{\"revision\":1,\"apps\":[],\"x\":\"\xff\"}", "not valid JSON near byte"},
      {std::string(100, '['), "nested deeper than 32 levels"},
      {std::string((size_t{1} << 20) + 1, ' '), "at most 1048576 are allowed"},
      {"", "not valid JSON"},
  };
  for (const auto& [text, expected] : cases) {
    const Result<Desired> refused = ParseDesired(text);
    ASSERT_FALSE(refused.ok()) << text.substr(0, 100);
    EXPECT_EQ(refused.code(), StatusCode::kInvalidArgument);
    EXPECT_NE(refused.status().message().find(expected), std::string::npos) << refused.status().message();
  }
}

TEST(Messages, ABatchHasOneEpochAndRisingNumbers) {
  const auto batch = [](int epoch2, int seq2) {
    EventBatch out;
    out.epoch = 1;
    out.events.push_back({1, 5, "a", 1, Priority::kBulk, "k", 1, 1, {}});
    out.events.push_back({epoch2, seq2, "a", 1, Priority::kBulk, "k", 1, 1, {}});
    return ToJson(out);
  };
  EXPECT_TRUE(ParseEventBatch(batch(1, 6)).ok());
  EXPECT_FALSE(ParseEventBatch(batch(2, 6)).ok());
  EXPECT_FALSE(ParseEventBatch(batch(1, 5)).ok());
}

TEST(Messages, UnknownFieldsAreIgnoredAndLargeDataRefused) {
  EXPECT_TRUE(ParseDesired(R"({"revision":1,"apps":[],"new":{"x":[1]}})").ok());
  const std::string data = R"({"x":")" + std::string(kMaxEventDataBytes, 'y') + R"("})";
  EXPECT_FALSE(
      ParseRunnerMessage(R"({"type":"event","id":1,"priority":"bulk","kind":"k","time_ms":1,"data":)" + data + "}")
          .ok());
}

}  // namespace
}  // namespace verge::proto
