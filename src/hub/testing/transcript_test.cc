// Plays api/transcripts/*.http against a real hub: one hub a file, requests in order. How to write one:
//
//   ### What this step shows
//   METHOD /path                      ${name} stands for what an earlier step captured
//   As: nobody | operator | basic | wrong | device | other     (default operator; device and other enrol into "demo")
//   Any-Header: value
//                                     an empty line, then the body if any, up to the arrow
//   --> STATUS
//   Header: value                     must be in the answer; * at the end matches any rest
//   = whole body
//   ~ text the body must contain
//   ! text it must not contain
//   ? name regex                      captures group 1 from the body (or, as @Header regex, from a header)
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "hub/testing/test_hub.h"
#include "sys/crypto/encode.h"

namespace verge::hub {
namespace {

struct Step {
  std::string title, method, target, as = "operator", body;
  std::vector<std::pair<std::string, std::string>> headers;
  int status = 0;
  std::vector<std::string> checks;
};

std::vector<Step> ReadTranscript(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::vector<Step> steps;
  std::string line;
  enum { kHead, kBody, kChecks } part = kHead;
  while (std::getline(in, line)) {
    if (line.rfind("### ", 0) == 0) {
      steps.emplace_back().title = line.substr(4);
      part = kHead;
    } else if (steps.empty()) {
      continue;  // what the file says about itself
    } else if (line.rfind("--> ", 0) == 0) {
      steps.back().status = std::stoi(line.substr(4));
      part = kChecks;
    } else if (part == kBody) {
      steps.back().body += line;
    } else if (part == kChecks) {
      if (!line.empty()) steps.back().checks.push_back(line);
    } else if (line.empty()) {
      part = kBody;
    } else if (steps.back().method.empty()) {
      std::istringstream(line) >> steps.back().method >> steps.back().target;
    } else {
      const size_t colon = line.find(": ");
      const std::string name = line.substr(0, colon);
      const std::string value = colon == std::string::npos ? "" : line.substr(colon + 2);
      if (name == "As") {
        steps.back().as = value;
      } else {
        steps.back().headers.emplace_back(name, value);
      }
    }
  }
  return steps;
}

class Player {
 public:
  void Play(const Step& step) {
    SCOPED_TRACE(step.title);
    sys::http::ClientRequest request = TestHub::Request(step.method, Fill(step.target), Fill(step.body));
    for (const auto& [name, value] : step.headers) request.headers.Set(name, Fill(value));
    const TestDevice* device = Identify(step.as, request);
    const sys::http::ClientResponse response = TestHub::Must(hub_.Connect(device)->Send(request));
    EXPECT_EQ(response.status, step.status) << response.body;
    for (const std::string& check : step.checks) Check(check, response);
  }

 private:
  const TestDevice* Identify(const std::string& as, sys::http::ClientRequest& request) {
    if (as == "operator") request.headers.Set("Authorization", "Bearer " + hub_.token());
    if (as == "basic") request.headers.Set("Authorization", "Basic " + sys::Base64Encode("anybody:" + hub_.token()));
    if (as == "wrong") request.headers.Set("Authorization", "Bearer vop1.wrong");
    if (as != "device" && as != "other") return nullptr;
    if (!devices_.contains(as)) {
      devices_[as] = hub_.Enrol("demo");
      captured_[as] = devices_[as].id;
    }
    return &devices_[as];
  }

  std::string Fill(std::string text) const {
    for (const auto& [name, value] : captured_) {
      const std::string mark = "${" + name + "}";
      for (size_t at = text.find(mark); at != std::string::npos; at = text.find(mark))
        text.replace(at, mark.size(), value);
    }
    EXPECT_EQ(text.find("${"), std::string::npos) << "not captured yet: " << text;
    return text;
  }

  void Check(const std::string& check, const sys::http::ClientResponse& response) {
    const std::string rest = check.size() > 2 ? check.substr(2) : "";
    if (check.rfind("= ", 0) == 0) {
      EXPECT_EQ(response.body, Fill(rest));
    } else if (check.rfind("~ ", 0) == 0) {
      EXPECT_NE(response.body.find(Fill(rest)), std::string::npos) << Fill(rest) << "\nis not in\n" << response.body;
    } else if (check.rfind("! ", 0) == 0) {
      EXPECT_EQ(response.body.find(Fill(rest)), std::string::npos) << rest << "\nis in\n" << response.body;
    } else if (check.rfind("? ", 0) == 0) {
      Capture(rest, response);
    } else {
      CheckHeader(check, response);
    }
  }

  void Capture(const std::string& text, const sys::http::ClientResponse& response) {
    std::istringstream words(text);
    std::string name, source, pattern;
    words >> name;
    std::getline(words >> std::ws, pattern);
    std::string subject = response.body;
    if (pattern.front() == '@') {
      const size_t space = pattern.find(' ');
      subject = response.headers.Find(pattern.substr(1, space - 1));
      pattern = pattern.substr(space + 1);
    }
    std::smatch match;
    ASSERT_TRUE(std::regex_search(subject, match, std::regex(pattern))) << pattern << "\nis not in\n" << subject;
    captured_[name] = match[1];
  }

  void CheckHeader(const std::string& check, const sys::http::ClientResponse& response) {
    const size_t colon = check.find(": ");
    ASSERT_NE(colon, std::string::npos) << "not a check: " << check;
    const std::string name = check.substr(0, colon);
    std::string value = Fill(check.substr(colon + 2));
    const std::string actual(response.headers.Find(name));
    if (value.back() == '*') {
      value.pop_back();
      EXPECT_EQ(actual.substr(0, value.size()), value) << name;
    } else {
      EXPECT_EQ(actual, value) << name;
    }
  }

  TestHub hub_;
  std::map<std::string, TestDevice> devices_;
  std::map<std::string, std::string> captured_;
};

class Transcript : public ::testing::TestWithParam<std::filesystem::path> {};

TEST_P(Transcript, Holds) {
  const std::vector<Step> steps = ReadTranscript(GetParam());
  ASSERT_FALSE(steps.empty());
  Player player;
  for (const Step& step : steps) {
    ASSERT_NE(step.status, 0) << step.title << " has no -->";
    player.Play(step);
  }
}

std::vector<std::filesystem::path> Files() {
  std::vector<std::filesystem::path> out;
  for (const auto& entry : std::filesystem::directory_iterator(VERGE_SOURCE_DIR "/src/hub/api/transcripts")) {
    if (entry.path().extension() == ".http") out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

INSTANTIATE_TEST_SUITE_P(Hub, Transcript, ::testing::ValuesIn(Files()), [](const auto& param_info) {
  std::string name = param_info.param.stem().string();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace verge::hub
