#include "hub/registry/manifest_info.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "proto/json.h"
#include "proto/names.h"

namespace verge::hub {
namespace {

constexpr size_t kMaxReferences = 4096;
constexpr size_t kMaxTypeBytes = 255;
constexpr std::array<std::string_view, 4> kTypes = {"application/vnd.oci.image.manifest.v1+json",
                                                    "application/vnd.oci.image.index.v1+json",
                                                    "application/vnd.docker.distribution.manifest.v2+json",
                                                    "application/vnd.docker.distribution.manifest.list.v2+json"};

// A text field of at most kMaxTypeBytes printable bytes; "" when absent.
Result<std::string> TextField(const nlohmann::json& object, const char* name) {
  const auto it = object.find(name);
  if (it == object.end()) return std::string();
  if (!it->is_string()) return VERGE_ERROR(kInvalidArgument, std::string(name) + ": expected a string");
  const auto& text = it->get_ref<const std::string&>();
  if (text.size() > kMaxTypeBytes || !proto::IsLine(text)) {
    return VERGE_ERROR(kInvalidArgument, std::string(name) + ": expected one line of at most 255 bytes");
  }
  return text;
}

Result<std::string> DigestOf(const nlohmann::json& descriptor, const std::string& where) {
  if (!descriptor.is_object()) return VERGE_ERROR(kInvalidArgument, where + ": expected a descriptor object");
  const auto digest = descriptor.find("digest");
  const auto size = descriptor.find("size");
  if (digest == descriptor.end() || !digest->is_string() || !proto::IsDigest(digest->get_ref<const std::string&>())) {
    return VERGE_ERROR(kInvalidArgument, where + ".digest: expected sha256: and 64 hex digits");
  }
  if (size == descriptor.end() || !size->is_number_unsigned()) {
    return VERGE_ERROR(kInvalidArgument, where + ".size: expected a number of bytes");
  }
  return digest->get<std::string>();
}

Status ReadList(const nlohmann::json& object, const char* name, std::vector<std::string>& out) {
  const auto it = object.find(name);
  if (it == object.end()) return Status::Ok();
  if (!it->is_array() || it->size() > kMaxReferences) {
    return VERGE_ERROR(kInvalidArgument, std::string(name) + ": expected a list of at most 4096 descriptors");
  }
  for (size_t i = 0; i < it->size(); ++i) {
    VERGE_TRY_ASSIGN(std::string digest, DigestOf((*it)[i], std::string(name) + "[" + std::to_string(i) + "]"));
    out.push_back(std::move(digest));
  }
  return Status::Ok();
}

Status ReadType(const nlohmann::json& object, std::string_view content_type, ManifestInfo& out) {
  VERGE_TRY_ASSIGN(out.media_type, TextField(object, "mediaType"));
  const std::string_view sent = content_type.substr(0, content_type.find(';'));
  if (out.media_type.empty()) out.media_type = sent;
  if (std::find(kTypes.begin(), kTypes.end(), out.media_type) == kTypes.end()) {
    return VERGE_ERROR(kInvalidArgument, "mediaType: expected an OCI or Docker image manifest or index");
  }
  if (!sent.empty() && sent != out.media_type) {
    return VERGE_ERROR(kInvalidArgument, "Content-Type is not the manifest's mediaType " + out.media_type);
  }
  return Status::Ok();
}

Status ReadConfig(const nlohmann::json& object, ManifestInfo& out) {
  const auto config = object.find("config");
  if (config == object.end()) return Status::Ok();
  VERGE_TRY_ASSIGN(std::string digest, DigestOf(*config, "config"));
  out.blobs.push_back(std::move(digest));
  if (!out.artifact_type.empty()) return Status::Ok();
  VERGE_TRY_ASSIGN(out.artifact_type, TextField(*config, "mediaType"));
  return Status::Ok();
}

Status ReadAnnotations(const nlohmann::json& object, ManifestInfo& out) {
  out.annotations_json = "{}";
  const auto annotations = object.find("annotations");
  if (annotations == object.end()) return Status::Ok();
  const bool is_map = annotations->is_object() && std::all_of(annotations->begin(), annotations->end(),
                                                              [](const nlohmann::json& v) { return v.is_string(); });
  if (!is_map) return VERGE_ERROR(kInvalidArgument, "annotations: expected an object of strings");
  out.annotations_json = proto::DumpJson(*annotations);
  return Status::Ok();
}

}  // namespace

Result<ManifestInfo> ReadManifestInfo(std::string_view bytes, std::string_view content_type) {
  VERGE_TRY_ASSIGN(const nlohmann::json object, proto::ParseJson(bytes));
  if (!object.is_object()) return VERGE_ERROR(kInvalidArgument, "a manifest is a JSON object");
  const auto schema = object.find("schemaVersion");
  if (schema == object.end() || *schema != 2) return VERGE_ERROR(kInvalidArgument, "schemaVersion: expected 2");
  ManifestInfo out;
  VERGE_TRY(ReadType(object, content_type, out));
  VERGE_TRY_ASSIGN(out.artifact_type, TextField(object, "artifactType"));
  VERGE_TRY(ReadConfig(object, out));
  VERGE_TRY(ReadList(object, "layers", out.blobs));
  VERGE_TRY(ReadList(object, "manifests", out.manifests));
  VERGE_TRY(ReadAnnotations(object, out));
  const auto subject = object.find("subject");
  if (subject != object.end()) {
    VERGE_TRY_ASSIGN(out.subject, DigestOf(*subject, "subject"));
  }
  return out;
}

bool IsTag(std::string_view text) {
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  if (text.empty() || text.size() > 128 || !is_word(text.front())) return false;
  return std::all_of(text.begin(), text.end(), [&](char c) { return is_word(c) || c == '.' || c == '-'; });
}

}  // namespace verge::hub
