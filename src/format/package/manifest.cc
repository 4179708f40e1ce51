#include "format/package/manifest.h"

#include <charconv>
#include <set>
#include <utility>

#include "proto/json.h"
#include "proto/names.h"
#include "sys/crypto/hash.h"

namespace verge::package {
namespace {

using proto::TextRule;

constexpr TextRule kMediaRule{1, 255, proto::IsLine, "a media type"};
constexpr TextRule kPathRule{1, 255, IsSafePath, "a relative path without empty, . or .. parts, at most 255 bytes"};
constexpr TextRule kVersionRule{1, 10, proto::IsLine, "a decimal version number"};
constexpr TextRule kRefRule{0, 255, proto::IsLine, "a reference name"};

// The documents as JSON has them, fields sorted by name. Kept apart from the types of the header, whose shape is for
// use.
struct TitleJson {
  std::string title;
};
struct LayerJson {
  TitleJson annotations;
  Descriptor blob;
};
struct AppJson {
  std::string app;
  std::string version;
};
struct ManifestJson {
  AppJson annotations;
  std::string artifact_type;
  Descriptor config;
  std::vector<LayerJson> layers;
  std::string media_type;
  int64_t schema_version = 2;
};
struct ConfigFileJson {
  std::string digest;
  std::string path;
  int64_t size = 0;
};
struct ConfigJson {
  std::string app;
  std::vector<ConfigFileJson> files;
  int64_t schema = 1;
  int64_t version = 0;
};
struct RefJson {
  std::string name;
};
struct EntryJson {
  std::optional<RefJson> annotations;
  std::string artifact_type;
  Descriptor manifest;
};
struct IndexJson {
  std::vector<EntryJson> manifests;
  std::string media_type;
  int64_t schema_version = 2;
};

}  // namespace

template <typename A>
void Describe(A& a, Descriptor& m) {
  a.Text("digest", m.digest, proto::kDigestRule);
  a.Text("mediaType", m.media_type, kMediaRule);
  a.Int("size", m.size, {0, kMaxFileBytes});
}

namespace {

template <typename A>
void Describe(A& a, TitleJson& m) {
  a.Text("org.opencontainers.image.title", m.title, kPathRule);
}
template <typename A>
void Describe(A& a, LayerJson& m) {
  a.Object("annotations", m.annotations);
  Describe(a, m.blob);
}
template <typename A>
void Describe(A& a, AppJson& m) {
  a.Text("dev.verge.app", m.app, proto::kNameRule);
  a.Text("dev.verge.version", m.version, kVersionRule);
}
template <typename A>
void Describe(A& a, ManifestJson& m) {
  a.Object("annotations", m.annotations);
  a.Text("artifactType", m.artifact_type, kMediaRule);
  a.Object("config", m.config);
  a.List("layers", m.layers, kMaxFiles);
  a.Text("mediaType", m.media_type, kMediaRule);
  a.Int("schemaVersion", m.schema_version, {2, 2});
}
template <typename A>
void Describe(A& a, ConfigFileJson& m) {
  a.Text("digest", m.digest, proto::kDigestRule);
  a.Text("path", m.path, kPathRule);
  a.Int("size", m.size, {0, kMaxFileBytes});
}
template <typename A>
void Describe(A& a, ConfigJson& m) {
  a.Text("app", m.app, proto::kNameRule);
  a.List("files", m.files, kMaxFiles);
  a.Int("schema", m.schema, {1, 1});
  a.Int("version", m.version, {1, proto::kMaxVersion});
}
template <typename A>
void Describe(A& a, RefJson& m) {
  a.OptionalText("org.opencontainers.image.ref.name", m.name, kRefRule);
}
template <typename A>
void Describe(A& a, EntryJson& m) {
  if (A::kReads || m.annotations) a.Nullable("annotations", m.annotations);
  if (A::kReads || !m.artifact_type.empty()) a.OptionalText("artifactType", m.artifact_type, kMediaRule);
  Describe(a, m.manifest);
}
template <typename A>
void Describe(A& a, IndexJson& m) {
  a.List("manifests", m.manifests, 4096);
  a.OptionalText("mediaType", m.media_type, kMediaRule);
  a.Int("schemaVersion", m.schema_version, {2, 2});
}

template <typename T>
Result<T> Read(std::string_view bytes, const char* what) {
  Result<T> read = proto::ParseMessage<T>(bytes, kMaxManifestBytes);
  if (read.ok()) return read;
  return VERGE_ERROR(kDataLoss, std::string(what) + ": " + std::string(read.status().message()));
}

Status Bad(const char* what, const std::string& text) {
  return VERGE_ERROR(kDataLoss, std::string(what) + ": " + text);
}

Status CheckType(const char* what, const char* field, std::string_view got, std::string_view want) {
  if (got == want) return Status::Ok();
  return Bad(what, std::string(field) + ": expected " + std::string(want) + ", got " + std::string(got));
}

Result<int64_t> ParseVersion(const std::string& text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_canonical = error == std::errc() && end == text.data() + text.size() && text == std::to_string(value);
  if (!is_canonical || value < 1 || value > proto::kMaxVersion) {
    return Bad("package manifest", "dev.verge.version: expected a number from 1 to 2147483647, got " + text);
  }
  return value;
}

// Paths rise, so that there is one order; no path is a folder of another; app.yaml is there.
Status CheckPaths(const std::vector<File>& files) {
  std::set<std::string_view> paths;
  for (const File& file : files) {
    if (!paths.insert(file.path).second) return Bad("package manifest", file.path + " is listed twice");
  }
  for (const File& file : files) {
    for (size_t slash = file.path.find('/'); slash != std::string::npos; slash = file.path.find('/', slash + 1)) {
      if (paths.contains(std::string_view(file.path).substr(0, slash))) {
        return Bad("package manifest", file.path + " lies below another file");
      }
    }
  }
  if (!paths.contains("app.yaml")) return Bad("package manifest", "app.yaml is not among the files");
  return Status::Ok();
}

}  // namespace

bool IsSafePath(std::string_view path) {
  if (path.empty() || path.size() > 255 || !proto::IsLine(path) || path.find('\\') != std::string_view::npos)
    return false;
  while (true) {
    const size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

Descriptor DescribeBytes(std::string_view media_type, std::string_view bytes) {
  return {std::string(media_type), sys::DigestNameOf(bytes), static_cast<int64_t>(bytes.size())};
}

int64_t Manifest::total_bytes() const {
  int64_t total = config.size;
  for (const File& file : files) total += file.blob.size;
  return total;
}

Result<Manifest> ParseManifest(std::string_view bytes) {
  constexpr const char* kWhat = "package manifest";
  VERGE_TRY_ASSIGN(ManifestJson json, Read<ManifestJson>(bytes, kWhat));
  VERGE_TRY(CheckType(kWhat, "mediaType", json.media_type, kManifestType));
  VERGE_TRY(CheckType(kWhat, "artifactType", json.artifact_type, kAppType));
  VERGE_TRY(CheckType(kWhat, "config.mediaType", json.config.media_type, kConfigType));
  if (json.config.size > static_cast<int64_t>(kMaxManifestBytes)) return Bad(kWhat, "the config is larger than 1 MiB");
  Manifest out;
  out.app = json.annotations.app;
  VERGE_TRY_ASSIGN(out.version, ParseVersion(json.annotations.version));
  out.config = std::move(json.config);
  for (LayerJson& layer : json.layers) {
    if (layer.blob.media_type != kModelType) {
      VERGE_TRY(CheckType(kWhat, "layers.mediaType", layer.blob.media_type, kFileType));
    }
    out.files.push_back({std::move(layer.annotations.title), std::move(layer.blob)});
  }
  VERGE_TRY(CheckPaths(out.files));
  return out;
}

std::string WriteManifest(const Manifest& manifest) {
  ManifestJson json;
  json.annotations = {manifest.app, std::to_string(manifest.version)};
  json.artifact_type = kAppType;
  json.config = manifest.config;
  for (const File& file : manifest.files) json.layers.push_back({{file.path}, file.blob});
  json.media_type = kManifestType;
  return proto::WriteMessage(json);
}

std::string WriteConfig(const Manifest& manifest) {
  ConfigJson json;
  json.app = manifest.app;
  json.version = manifest.version;
  for (const File& file : manifest.files) json.files.push_back({file.blob.digest, file.path, file.blob.size});
  return proto::WriteMessage(json);
}

Status CheckConfig(std::string_view config_bytes, const Manifest& manifest) {
  constexpr const char* kWhat = "package config";
  VERGE_TRY_ASSIGN(const ConfigJson json, Read<ConfigJson>(config_bytes, kWhat));
  if (json.app != manifest.app || json.version != manifest.version) {
    return Bad(kWhat, "names " + json.app + ":" + std::to_string(json.version) + ", the manifest names " +
                          manifest.app + ":" + std::to_string(manifest.version));
  }
  if (json.files.size() != manifest.files.size()) return Bad(kWhat, "lists other files than the manifest");
  for (size_t i = 0; i < json.files.size(); ++i) {
    const File& file = manifest.files[i];
    const ConfigFileJson& listed = json.files[i];
    if (listed.path != file.path || listed.digest != file.blob.digest || listed.size != file.blob.size) {
      return Bad(kWhat, "files[" + std::to_string(i) + "] differs from the manifest's " + file.path);
    }
  }
  return Status::Ok();
}

Result<std::vector<IndexEntry>> ParseIndex(std::string_view bytes) {
  VERGE_TRY_ASSIGN(IndexJson json, Read<IndexJson>(bytes, "index"));
  std::vector<IndexEntry> out;
  for (EntryJson& entry : json.manifests) {
    std::string name = entry.annotations ? std::move(entry.annotations->name) : std::string();
    out.push_back({std::move(entry.manifest), std::move(entry.artifact_type), std::move(name)});
  }
  return out;
}

std::string WriteIndex(const std::vector<IndexEntry>& entries) {
  IndexJson json;
  json.media_type = kIndexType;
  for (const IndexEntry& entry : entries) {
    EntryJson item{std::nullopt, entry.artifact_type, entry.manifest};
    if (!entry.ref_name.empty()) item.annotations = RefJson{entry.ref_name};
    json.manifests.push_back(std::move(item));
  }
  return proto::WriteMessage(json);
}

}  // namespace verge::package
