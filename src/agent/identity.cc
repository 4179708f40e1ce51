#include "agent/identity.h"

#include <charconv>
#include <utility>

#include "format/yaml/yaml.h"
#include "proto/json.h"
#include "sys/file/file.h"

namespace verge::agent {
namespace {

constexpr size_t kMaxFileBytes = size_t{1} << 20;
constexpr proto::TextRule kUrlRule{1, 1024, proto::IsLine, "a URL"};

struct IdentityJson {
  int64_t schema = 1;
  std::string device_id;
  std::string name;
  std::string group;
  std::string hub;
};
template <typename A>
void Describe(A& a, IdentityJson& m) {
  a.Int("schema", m.schema, {1, 1});
  a.Text("device_id", m.device_id, proto::kIdRule);
  a.Text("name", m.name, proto::kLineRule);
  a.Text("group", m.group, proto::kNameRule);
  a.Text("hub", m.hub, kUrlRule);
}

}  // namespace

Status SaveIdentity(const StatePaths& paths, const Identity& identity, const KeyProtection& protection) {
  VERGE_TRY(SaveDeviceKey(paths, identity.key_pem, protection));
  VERGE_TRY(sys::WriteFileAtomic(paths.File("device.crt"), identity.certificate_pem, 0644));
  VERGE_TRY(sys::WriteFileAtomic(paths.File("ca.crt"), identity.ca_pem, 0644));
  IdentityJson json{1, identity.device_id, identity.name, identity.group, identity.hub};
  return sys::WriteFileAtomic(paths.File("agent.json"), proto::WriteMessage(json) + "\n", 0600);
}

Result<Identity> LoadIdentity(const StatePaths& paths) {
  const std::string path = paths.File("agent.json");
  if (!sys::Exists(path)) {
    return VERGE_ERROR(kFailedPrecondition,
                       paths.dir() + ": this device is not enrolled; run `verge-agent enrol` first");
  }
  VERGE_TRY_ASSIGN(const std::string text, sys::ReadFile(path, kMaxFileBytes));
  Result<IdentityJson> json = proto::ParseMessage<IdentityJson>(text);
  if (!json.ok()) return std::move(json).status().WithContext(path);
  Identity out;
  out.device_id = json->device_id;
  out.name = json->name;
  out.group = json->group;
  out.hub = json->hub;
  VERGE_TRY_ASSIGN(out.key_pem, LoadDeviceKey(paths));
  VERGE_TRY_ASSIGN(out.certificate_pem, sys::ReadFile(paths.File("device.crt"), kMaxFileBytes));
  VERGE_TRY_ASSIGN(out.ca_pem, sys::ReadFile(paths.File("ca.crt"), kMaxFileBytes));
  return out;
}

namespace {

Status ReadParams(const yaml::Document& document, const yaml::Node& node, AppParams& out) {
  if (node.kind != yaml::Kind::kMap) return document.Error(node, "params: expected a map of apps");
  for (const auto& [app, values] : node.fields) {
    if (values.kind != yaml::Kind::kMap) return document.Error(values, "params." + app + ": expected a map of values");
    for (const auto& [param, value] : values.fields) {
      if (value.kind != yaml::Kind::kScalar) {
        return document.Error(value, "params." + app + "." + param + ": expected a value");
      }
      out[app][param] = value.text;
    }
  }
  return Status::Ok();
}

Status ReadRate(const yaml::Document& document, const yaml::Node& node, int64_t& out) {
  constexpr int64_t kMinRate = 1000;
  const std::string& text = node.text;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  const bool is_number = node.kind == yaml::Kind::kScalar && error == std::errc() && end == text.data() + text.size();
  if (is_number && out >= kMinRate) return Status::Ok();
  return document.Error(node, "max_download_bytes_per_s: expected a number of at least 1000");
}

}  // namespace

Result<OwnerConfig> LoadOwnerConfig(const StatePaths& paths) {
  OwnerConfig out;
  const std::string path = paths.File("agent.yaml");
  if (!sys::Exists(path)) return out;
  VERGE_TRY_ASSIGN(const std::string text, sys::ReadFile(path, kMaxFileBytes));
  VERGE_TRY_ASSIGN(const yaml::Document document, yaml::Parse("agent.yaml", text));
  if (document.root.kind == yaml::Kind::kNull) return out;
  if (document.root.kind != yaml::Kind::kMap) return document.Error(document.root, "expected a map");
  for (const auto& [name, node] : document.root.fields) {
    if (name == "params") {
      VERGE_TRY(ReadParams(document, node, out.params));
    } else if (name == "max_download_bytes_per_s") {
      VERGE_TRY(ReadRate(document, node, out.max_download_bytes_per_s));
    } else {
      return document.Error(node, name + ": unknown field; known: params, max_download_bytes_per_s");
    }
  }
  return out;
}

Status AddParam(AppParams& params, const std::string& text) {
  const size_t equals = text.find('=');
  const size_t dot = text.find('.');
  if (equals == std::string::npos || dot == std::string::npos || dot > equals || dot == 0 || dot + 1 == equals) {
    return VERGE_ERROR(kInvalidArgument, "--param " + text + ": expected app.name=value");
  }
  params[text.substr(0, dot)][text.substr(dot + 1, equals - dot - 1)] = text.substr(equals + 1);
  return Status::Ok();
}

}  // namespace verge::agent
