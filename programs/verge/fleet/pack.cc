#include "verge/fleet/pack.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>
#include <utility>

#include "compile/compile.h"
#include "format/app/app.h"
#include "sys/crypto/hash.h"
#include "sys/file/file.h"
#include "sys/file/mapped_file.h"
#include "sys/file/temp_dir.h"

namespace verge::cli {
namespace {

constexpr size_t kMaxAppYamlBytes = size_t{1} << 20;
constexpr size_t kMaxFolderFiles = 100'000;

// Path in the app, or name of a model -> file on this machine.
using Sources = std::map<std::string, std::string>;

bool IsHidden(const std::string& path) { return path.starts_with('.') || path.find("/.") != std::string::npos; }

Result<Sources> ParseModelOptions(const std::vector<std::string>& options) {
  Sources out;
  for (const std::string& option : options) {
    const size_t equals = option.find('=');
    if (equals == 0 || equals == std::string::npos || equals + 1 == option.size()) {
      return VERGE_ERROR(kInvalidArgument, "--model " + option + ": expected NAME=FILE");
    }
    out[option.substr(0, equals)] = option.substr(equals + 1);
  }
  return out;
}

// Goes into every package without being named: what people want to read first.
bool IsAboutFile(const std::string& path) {
  return path == "README.md" || (path.starts_with("LICENSE") && path.find('/') == std::string::npos);
}

// A PEM private key, or the file that `verge keys create` writes. Small text only: a key is never large.
Result<bool> LooksLikeSecretKey(const std::string& origin) {
  constexpr size_t kMaxKeyFileBytes = size_t{1} << 20;
  VERGE_TRY_ASSIGN(const sys::MappedFile file, sys::MappedFile::Open(origin));
  const std::string_view text(reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size());
  if (text.size() > kMaxKeyFileBytes) return false;
  const bool is_pem = text.find("-----BEGIN") != text.npos && text.find("PRIVATE KEY-----") != text.npos;
  const bool holds_secret = text.find("\"secret\"") != text.npos || text.find("\"locked\"") != text.npos;
  return is_pem || (text.find("\"keyid\"") != text.npos && holds_secret);
}

// True when a name may stand before or after `c`: it is no part of the name.
bool EndsName(char c) { return std::string_view(" \t\r\n,:{}[]\"'#").find(c) != std::string_view::npos; }

// Replaces `from` by `to` where it stands as the value of a `file:` field.
std::string RenameModelFile(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
    const size_t line = text.rfind('\n', at) + 1;
    const size_t end = at + from.size();
    const bool is_value = text.substr(line, at - line).find("file:") != std::string::npos;
    const bool is_whole = (at == 0 || EndsName(text[at - 1])) && (end == text.size() || EndsName(text[end]));
    if (is_value && is_whole) {
      text.replace(at, from.size(), to);
      at += to.size();
    } else {
      at = end;
    }
  }
  return text;
}

// The graph is named after the model of app.yaml, never after a path: the same model gives the same bytes anywhere.
Status ImportModel(const std::string& from, const std::string& name, const std::string& to) {
  VERGE_TRY_ASSIGN(const sys::MappedFile file, sys::MappedFile::Open(from));
  Result<ir::Graph> graph = compile::Import(file.bytes(), name);
  if (!graph.ok()) return std::move(graph).status().WithContext(from);
  Result<compile::Compiled> compiled = compile::Compile(std::move(graph).value());
  if (!compiled.ok()) return std::move(compiled).status().WithContext(from);
  const std::span<const std::byte> bytes = compiled->bytes.bytes();
  return sys::WriteFileAtomic(to, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

// A card that tells of another file would be worse than none.
Status CheckCard(const std::string& card, const std::string& model) {
  constexpr size_t kMaxCardBytes = size_t{16} << 20;
  VERGE_TRY_ASSIGN(const std::string text, sys::ReadFile(card, kMaxCardBytes));
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  const auto file = json.is_object() ? json.find("file") : json.end();
  if (!json.is_object() || file == json.end() || !file->is_object() || !file->contains("sha256")) {
    return VERGE_ERROR(kInvalidArgument, card + ": expected a model card, as verge optimize --report-json writes it");
  }
  VERGE_TRY_ASSIGN(const sys::MappedFile bytes, sys::MappedFile::Open(model));
  const auto* const data = reinterpret_cast<const char*>(bytes.bytes().data());
  if (file->at("sha256") == sys::Sha256Hex({data, bytes.bytes().size()})) return Status::Ok();
  return VERGE_ERROR(kInvalidArgument, card + ": is about another file than " + model +
                                           ": optimise the model again, or take the card out of app.yaml");
}

class Packer {
 public:
  explicit Packer(const PackOptions& options, sys::TempDir scratch) : options_(options), scratch_(std::move(scratch)) {}

  Result<Packed> Run() {
    VERGE_TRY_ASSIGN(std::string text, sys::ReadFile(sys::JoinPath(options_.dir, "app.yaml"), kMaxAppYamlBytes));
    VERGE_TRY_ASSIGN(app::App app, app::ParseApp("app.yaml", text));
    const std::string original = text;
    VERGE_TRY(CollectFiles(app));
    VERGE_TRY_ASSIGN(Sources given, ParseModelOptions(options_.models));
    for (const app::Model& model : app.models) VERGE_TRY(AddModel(model, given, text));
    if (!given.empty()) {
      return VERGE_ERROR(kInvalidArgument, "--model " + given.begin()->first + ": app.yaml has no such model");
    }
    if (text != original) {
      VERGE_TRY_ASSIGN(app, app::ParseApp("app.yaml", text));
      sources_["app.yaml"] = scratch_.File("app.yaml");
      VERGE_TRY(sys::WriteFileAtomic(sources_["app.yaml"], text));
    }
    for (const std::string& file : app::FilesOf(app)) {
      if (!sources_.contains(file)) {
        return VERGE_ERROR(kNotFound, options_.dir + "/app.yaml names " + file + ", which is not in the folder");
      }
    }
    std::vector<package::Source> list;
    for (const auto& [path, origin] : sources_) {
      VERGE_TRY_ASSIGN(const bool is_secret, LooksLikeSecretKey(origin));
      if (is_secret) {
        return VERGE_ERROR(kPermission, origin +
                                            ": looks like a secret key; a package is for others to read, so take "
                                            "the file out of the folder and of app.yaml");
      }
      list.push_back({path, origin});
    }
    VERGE_TRY_ASSIGN(package::Layout layout, package::PackFiles(app.name, app.version, list, options_.out));
    return Packed{std::move(layout), std::move(left_out_)};
  }

 private:
  Status CollectFiles(const app::App& app) {
    const std::vector<std::string> named = app::FilesOf(app);
    VERGE_TRY_ASSIGN(const std::vector<std::string> files, sys::ListFilesRecursive(options_.dir, kMaxFolderFiles));
    for (const std::string& file : files) {
      const bool is_named = std::find(named.begin(), named.end(), file) != named.end();
      if (is_named || IsAboutFile(file)) {
        sources_[file] = sys::JoinPath(options_.dir, file);
      } else if (!IsHidden(file)) {
        left_out_.push_back(file);
      }
    }
    return Status::Ok();
  }

  Status AddModel(const app::Model& model, Sources& given, std::string& text) {
    std::string origin = sys::JoinPath(options_.dir, model.file);
    if (const auto it = given.find(model.name); it != given.end()) {
      origin = it->second;
      given.erase(it);
    }
    std::string packed = model.file;
    if (packed.ends_with(".tflite")) {
      sources_.erase(packed);
      packed = packed.substr(0, packed.size() - 7) + ".vg";
      text = RenameModelFile(std::move(text), model.file, packed);
    }
    if (origin.ends_with(".tflite")) {
      const std::string imported = scratch_.File(model.name + ".vg");
      VERGE_TRY(ImportModel(origin, model.name, imported));
      origin = imported;
    }
    if (!sys::Exists(origin))
      return VERGE_ERROR(kNotFound, origin + ": the file of model " + model.name + " does not exist");
    sources_[packed] = origin;
    const auto card = sources_.find(model.card);
    return card == sources_.end() ? Status::Ok() : CheckCard(card->second, origin);
  }

  const PackOptions& options_;
  sys::TempDir scratch_;
  Sources sources_;
  std::vector<std::string> left_out_;
};

}  // namespace

Result<Packed> PackApp(const PackOptions& options) {
  VERGE_TRY_ASSIGN(sys::TempDir scratch, sys::TempDir::Create());
  return Packer(options, std::move(scratch)).Run();
}

}  // namespace verge::cli
