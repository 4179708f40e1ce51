// A real hub on loopback for tests: own folder, own port, TLS, an operator, and devices that enrol the real way.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "hub/data_dir.h"
#include "hub/hub.h"
#include "proto/device.h"
#include "proto/operator.h"
#include "sys/crypto/x509.h"
#include "sys/file/file.h"
#include "sys/file/temp_dir.h"
#include "sys/http/client.h"

namespace verge::hub {

struct TestDevice {
  std::string id;
  std::string key_pem;
  proto::EnrolAnswer answer;
};

class TestHub {
 public:
  TestHub() : dir_(sys::TempDir::Create().value()) {
    const Status made = InitDataDir({dir_.File("hub"), {"localhost", "127.0.0.1"}});
    EXPECT_TRUE(made.ok()) << made.ToString();
    token_ = sys::ReadFile(dir_.File("hub/admin.token"), 1000).value();
    token_.pop_back();  // the line's end
    ca_pem_ = sys::ReadFile(dir_.File("hub/ca.pem"), 100000).value();
    Restart();
  }

  void Restart() {
    hub_.reset();
    HubOptions options;
    options.data_dir = dir_.File("hub");
    options.version = "test";
    options.access_log = dir_.File("access.log");
    Result<std::unique_ptr<Hub>> hub = Hub::Start(options);
    ASSERT_TRUE(hub.ok()) << hub.status().ToString();
    hub_ = std::move(*hub);
  }
  void Stop() { hub_->Stop(); }

  const std::string& token() const { return token_; }
  const std::string& ca_pem() const { return ca_pem_; }
  std::string File(const std::string& name) const { return dir_.File(name); }
  std::string url() const { return "https://127.0.0.1:" + std::to_string(hub_->port()); }
  uint16_t port() const { return hub_->port(); }

  // A connection without a client certificate, or with the device's.
  std::unique_ptr<sys::http::Client> Connect(const TestDevice* device = nullptr) const {
    sys::http::ClientConfig config;
    config.url = url();
    config.ca_pem = ca_pem_;
    if (device != nullptr) {
      config.certificate_pem = device->answer.certificate;
      config.key_pem = device->key_pem;
    }
    return sys::http::Client::Open(config).value();
  }

  static sys::http::ClientRequest Request(const std::string& method, const std::string& target, std::string body = "") {
    sys::http::ClientRequest request;
    request.method = sys::http::ParseMethod(method);
    request.target = target;
    request.body = std::move(body);
    return request;
  }
  // As the operator.
  sys::http::ClientResponse Operator(const std::string& method, const std::string& target,
                                     std::string body = "") const {
    sys::http::ClientRequest request = Request(method, target, std::move(body));
    request.headers.Set("Authorization", "Bearer " + token_);
    return Must(Connect()->Send(request));
  }
  sys::http::ClientResponse Device(const TestDevice& device, const std::string& method, const std::string& target,
                                   std::string body = "") const {
    return Must(Connect(&device)->Send(Request(method, target, std::move(body))));
  }
  static sys::http::ClientResponse Must(Result<sys::http::ClientResponse> response) {
    EXPECT_TRUE(response.ok()) << response.status().ToString();
    return response.ok() ? std::move(*response) : sys::http::ClientResponse{};
  }

  TestDevice Enrol(const std::string& group) const {
    const auto made = Operator("POST", "/api/v1/enrolment-tokens", R"({"group":")" + group + "\"}");
    TestDevice device;
    const sys::KeyAndRequest keys = sys::CreateCsr("newcomer").value();
    device.key_pem = keys.key_pem;
    const proto::EnrolRequest request{
        proto::ParseEnrolmentToken(made.body).value().token, "test device", keys.csr_pem, {}, ""};
    const auto answer = Must(Connect()->Send(Request("POST", "/api/v1/enrol", proto::ToJson(request))));
    EXPECT_EQ(answer.status, 201) << answer.body;
    device.answer = proto::ParseEnrolAnswer(answer.body).value();
    device.id = device.answer.device_id;
    return device;
  }

 private:
  sys::TempDir dir_;
  std::string token_;
  std::string ca_pem_;
  std::unique_ptr<Hub> hub_;
};

}  // namespace verge::hub
