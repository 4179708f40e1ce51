#include "format/package/delta_manifest.h"

#include <charconv>
#include <utility>

#include "proto/json.h"
#include "proto/names.h"

namespace verge::package {
namespace {

constexpr const char* kWhat = "delta manifest";
constexpr proto::TextRule kMediaRule{1, 255, proto::IsLine, "a media type"};
constexpr proto::TextRule kSizeRule{1, 10, proto::IsLine, "a number of bytes"};

struct AnnotationsJson {
  std::string base;
  std::string base_size;
  std::string target;
};
struct LayerJson {
  AnnotationsJson annotations;
  Descriptor blob;
};
struct DeltaJson {
  std::string artifact_type;
  Descriptor config;
  std::vector<LayerJson> layers;
  std::string media_type;
  int64_t schema_version = 2;
  Descriptor subject;
};

template <typename A>
void Describe(A& a, AnnotationsJson& m) {
  a.Text("dev.verge.delta.base", m.base, proto::kDigestRule);
  a.Text("dev.verge.delta.base-size", m.base_size, kSizeRule);
  a.Text("dev.verge.delta.target", m.target, proto::kDigestRule);
}
// Names as in manifest.cc, whose description of a Descriptor is its own.
template <typename A>
void DescribeBlob(A& a, Descriptor& m) {
  a.Text("digest", m.digest, proto::kDigestRule);
  a.Text("mediaType", m.media_type, kMediaRule);
  a.Int("size", m.size, {0, kMaxFileBytes});
}
struct BlobJson {
  Descriptor blob;
};
template <typename A>
void Describe(A& a, BlobJson& m) {
  DescribeBlob(a, m.blob);
}
template <typename A>
void DescribeField(A& a, const char* name, Descriptor& m) {
  BlobJson json{m};
  a.Object(name, json);
  m = std::move(json.blob);
}
template <typename A>
void Describe(A& a, LayerJson& m) {
  a.Object("annotations", m.annotations);
  DescribeBlob(a, m.blob);
}
template <typename A>
void Describe(A& a, DeltaJson& m) {
  a.Text("artifactType", m.artifact_type, kMediaRule);
  DescribeField(a, "config", m.config);
  a.List("layers", m.layers, kMaxFiles);
  a.Text("mediaType", m.media_type, kMediaRule);
  a.Int("schemaVersion", m.schema_version, {2, 2});
  DescribeField(a, "subject", m.subject);
}

Result<int64_t> ParseSize(const std::string& text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size() && value >= 0 && value <= kMaxFileBytes) return value;
  return VERGE_ERROR(kDataLoss, std::string(kWhat) + ": dev.verge.delta.base-size: expected a number of bytes");
}

}  // namespace

Result<DeltaManifest> ParseDeltaManifest(std::string_view bytes) {
  Result<DeltaJson> json = proto::ParseMessage<DeltaJson>(bytes, kMaxManifestBytes);
  if (!json.ok()) return VERGE_ERROR(kDataLoss, std::string(kWhat) + ": " + std::string(json.status().message()));
  if (json->media_type != kManifestType || json->artifact_type != kDeltaType) {
    return VERGE_ERROR(kDataLoss, std::string(kWhat) + ": artifactType: expected " + kDeltaType);
  }
  DeltaManifest out;
  out.subject = std::move(json->subject);
  for (LayerJson& layer : json->layers) {
    VERGE_TRY_ASSIGN(const int64_t base_size, ParseSize(layer.annotations.base_size));
    out.deltas.push_back(
        {std::move(layer.blob), std::move(layer.annotations.base), base_size, std::move(layer.annotations.target)});
  }
  return out;
}

std::string WriteDeltaManifest(const DeltaManifest& manifest) {
  DeltaJson json;
  json.artifact_type = kDeltaType;
  json.config = DescribeBytes(kEmptyType, kEmptyBytes);
  for (const DeltaBlob& delta : manifest.deltas) {
    json.layers.push_back({{delta.base_digest, std::to_string(delta.base_size), delta.target_digest}, delta.blob});
  }
  json.media_type = kManifestType;
  json.subject = manifest.subject;
  return proto::WriteMessage(json);
}

}  // namespace verge::package
