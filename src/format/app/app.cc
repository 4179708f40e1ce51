#include "format/app/app.h"

#include <algorithm>
#include <limits>
#include <set>

#include "format/app/monitors.h"
#include "format/yaml/fields.h"

namespace verge::app {
namespace {

using yaml::Document;
using yaml::Fields;
using yaml::Kind;
using yaml::Node;

constexpr size_t kMaxModels = 16;
constexpr size_t kMaxParams = 64;
constexpr size_t kMaxGoldens = 64;
constexpr size_t kMaxOtherFiles = 512;

constexpr const char* kPathExpected = "a path inside the app folder (relative, no '.' or '..' part)";

Result<std::string> PathField(Fields& fields, std::string_view name, bool is_required) {
  std::optional<std::string> fallback;
  if (!is_required) fallback = "";
  VERGE_TRY_ASSIGN(std::string path, fields.String(name, fallback));
  if (path.empty() && !is_required && fields.Child(name) == nullptr) return path;
  if (!IsSafePath(path)) return fields.Expected(name, kPathExpected);
  return path;
}

// A field that names one of the app's models.
Result<std::string> ModelField(Fields& fields, const App& app) {
  VERGE_TRY_ASSIGN(std::string name, fields.String("model"));
  if (app.FindModel(name) == nullptr) return fields.Expected("model", "the name of a model under 'models'");
  return name;
}

Result<Model> ReadModel(const Document& document, const std::string& name, const Node& node) {
  const std::string path = "models." + name;
  if (!IsName(name)) {
    return document.Error(node, path + ": expected a name of lower-case letters, digits and '-', got \"" + name + "\"");
  }
  VERGE_TRY_ASSIGN(Fields fields, Fields::Of(document, node, path));
  Model model;
  model.name = name;
  VERGE_TRY_ASSIGN(model.file, PathField(fields, "file", true));
  if (!model.file.ends_with(".vg") && !model.file.ends_with(".tflite")) {
    return fields.Expected("file", "a .vg or .tflite file");
  }
  VERGE_TRY_ASSIGN(model.labels, PathField(fields, "labels", false));
  VERGE_TRY_ASSIGN(model.card, PathField(fields, "card", false));
  VERGE_TRY(fields.Done());
  return model;
}

Status ReadModels(Fields& top, App& app) {
  const Node* node = top.Child("models");
  if (node == nullptr) return Status::Ok();  // rules alone are an app too
  if (node->kind != Kind::kMap || node->fields.empty() || node->fields.size() > kMaxModels) {
    return top.Expected("models", "a map of 1 to " + std::to_string(kMaxModels) + " models");
  }
  for (const auto& [name, child] : node->fields) {
    VERGE_TRY_ASSIGN(Model model, ReadModel(top.document(), name, child.line != 0 ? child : *node));
    app.models.push_back(std::move(model));
  }
  return Status::Ok();
}

bool IsParamName(std::string_view name) {
  return !name.empty() && name.size() <= 63 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

Status ReadParams(Fields& top, App& app) {
  const Node* node = top.Child("params");
  if (node == nullptr) return Status::Ok();
  if (node->kind != Kind::kMap || node->fields.size() > kMaxParams) {
    return top.Expected("params", "a map of at most " + std::to_string(kMaxParams) + " parameters");
  }
  for (const auto& [name, child] : node->fields) {
    if (!IsParamName(name)) {
      return top.document().Error(child, "params: expected names of a-z, 0-9, '_' and '-', got \"" + name + "\"");
    }
    Param param;
    param.name = name;
    if (child.kind != Kind::kNull) {
      VERGE_TRY_ASSIGN(Fields fields, Fields::Of(top.document(), child, "params." + name));
      VERGE_TRY_ASSIGN(param.default_value, fields.String("default", ""));
      VERGE_TRY_ASSIGN(param.description, fields.String("description", ""));
      VERGE_TRY(fields.Done());
    }
    app.params.push_back(std::move(param));
  }
  return Status::Ok();
}

Status ReadOtherFiles(Fields& top, App& app) {
  const Node* node = top.Child("files");
  if (node == nullptr) return Status::Ok();
  if (node->kind != Kind::kList || node->items.size() > kMaxOtherFiles) {
    return top.Expected("files", "a list of at most " + std::to_string(kMaxOtherFiles) + " paths");
  }
  for (size_t i = 0; i < node->items.size(); ++i) {
    const Node& item = node->items[i];
    if (item.kind != Kind::kScalar || !IsSafePath(item.text)) {
      return yaml::ExpectedError(top.document(), item, "files[" + std::to_string(i) + "]", kPathExpected);
    }
    app.files.push_back(item.text);
  }
  return Status::Ok();
}

Result<std::vector<std::pair<std::string, std::string>>> ReadTensorFiles(Fields& fields, std::string_view name) {
  constexpr size_t kMaxTensors = 64;
  VERGE_TRY_ASSIGN(const Node* node, fields.Required(name, "a map of tensor names to .npy files"));
  if (node->kind != Kind::kMap || node->fields.empty() || node->fields.size() > kMaxTensors) {
    return fields.Expected(name, "a map of 1 to 64 tensor names to .npy files");
  }
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& [tensor, child] : node->fields) {
    if (child.kind != Kind::kScalar || !IsSafePath(child.text) || !child.text.ends_with(".npy")) {
      const std::string path = fields.PathOf(name) + "." + tensor;
      return yaml::ExpectedError(fields.document(), child.line != 0 ? child : *node, path,
                                 "a .npy file inside the app folder");
    }
    out.emplace_back(tensor, child.text);
  }
  return out;
}

Status ReadGoldens(Fields& health, App& app) {
  const Node* node = health.Child("golden");
  if (node == nullptr) return Status::Ok();
  if (node->kind != Kind::kList || node->items.size() > kMaxGoldens) {
    return health.Expected("golden", "a list of at most " + std::to_string(kMaxGoldens) + " golden runs");
  }
  for (size_t i = 0; i < node->items.size(); ++i) {
    const std::string path = health.PathOf("golden") + "[" + std::to_string(i) + "]";
    VERGE_TRY_ASSIGN(Fields fields, Fields::Of(health.document(), node->items[i], path));
    Golden golden;
    VERGE_TRY_ASSIGN(golden.model, ModelField(fields, app));
    VERGE_TRY_ASSIGN(golden.inputs, ReadTensorFiles(fields, "inputs"));
    VERGE_TRY_ASSIGN(golden.outputs, ReadTensorFiles(fields, "outputs"));
    VERGE_TRY_ASSIGN(golden.relative, fields.Number("relative", {.min = 0, .max = 1}, 1e-3));
    VERGE_TRY_ASSIGN(golden.absolute, fields.Number("absolute", {.min = 0, .max = 1e6}, 1e-4));
    VERGE_TRY(fields.Done());
    app.health.golden.push_back(std::move(golden));
  }
  return Status::Ok();
}

Status ReadLatency(Fields& health, App& app) {
  const Node* node = health.Child("latency");
  if (node == nullptr) return Status::Ok();
  VERGE_TRY_ASSIGN(Fields fields, Fields::Of(health.document(), *node, health.PathOf("latency")));
  LatencyBudget budget;
  VERGE_TRY_ASSIGN(budget.model, ModelField(fields, app));
  VERGE_TRY_ASSIGN(budget.p95_ms, fields.Number("p95_ms", {.min = 0.001, .max = 1e6}));
  VERGE_TRY_ASSIGN(const int64_t runs, fields.Int("runs", {.min = 1, .max = 1000}, 10));
  budget.runs = static_cast<int>(runs);
  VERGE_TRY(fields.Done());
  app.health.latency = std::move(budget);
  return Status::Ok();
}

Status ReadHealth(Fields& top, App& app) {
  const Node* node = top.Child("health");
  if (node == nullptr) return Status::Ok();
  VERGE_TRY_ASSIGN(Fields fields, Fields::Of(top.document(), *node, "health"));
  VERGE_TRY(ReadGoldens(fields, app));
  VERGE_TRY(ReadLatency(fields, app));
  VERGE_TRY_ASSIGN(const int64_t heartbeat_s, fields.Int("heartbeat_s", {.min = 2, .max = 3600}, 10));
  VERGE_TRY_ASSIGN(const int64_t soak_s, fields.Int("soak_s", {.min = 0, .max = 86400}, 3));
  VERGE_TRY_ASSIGN(const int64_t gate_wait_s, fields.Int("gate_wait_s", {.min = 0, .max = 86400}, 60));
  app.health.heartbeat_s = static_cast<int>(heartbeat_s);
  app.health.soak_s = static_cast<int>(soak_s);
  app.health.gate_wait_s = static_cast<int>(gate_wait_s);
  return fields.Done();
}

Status ReadLimits(Fields& top, App& app) {
  const Node* node = top.Child("limits");
  if (node == nullptr) return Status::Ok();
  VERGE_TRY_ASSIGN(Fields fields, Fields::Of(top.document(), *node, "limits"));
  VERGE_TRY_ASSIGN(const int64_t memory_mb, fields.Int("memory_mb", {.min = 16, .max = 1 << 20}, 512));
  VERGE_TRY_ASSIGN(const int64_t threads, fields.Int("threads", {.min = 1, .max = 256}, 1));
  VERGE_TRY_ASSIGN(const int64_t files, fields.Int("files", {.min = 16, .max = 65536}, 64));
  VERGE_TRY_ASSIGN(const bool network, fields.Bool("network", false));
  app.limits = {static_cast<int>(memory_mb), static_cast<int>(threads), static_cast<int>(files), network};
  return fields.Done();
}

Status ReadHead(Fields& top, App& app) {
  VERGE_TRY_ASSIGN(const int64_t format, top.Int("verge", {}));
  if (format != 1) return top.Expected("verge", "1, the only format version this program knows");
  VERGE_TRY_ASSIGN(app.name, top.String("name"));
  if (!IsName(app.name)) {
    return top.Expected("name", "1 to 63 lower-case letters, digits and '-', starting with a letter or digit");
  }
  VERGE_TRY_ASSIGN(const int64_t version, top.Int("version", {.min = 1, .max = std::numeric_limits<int32_t>::max()}));
  app.version = static_cast<int32_t>(version);
  VERGE_TRY_ASSIGN(app.description, top.String("description", ""));
  return Status::Ok();
}

}  // namespace

const Model* App::FindModel(std::string_view model_name) const {
  for (const Model& model : models) {
    if (model.name == model_name) return &model;
  }
  return nullptr;
}

bool IsName(std::string_view name) {
  if (name.empty() || name.size() > 63 || name[0] == '-') return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

bool IsSafePath(std::string_view path) {
  if (path.empty() || path.size() > 255) return false;
  size_t start = 0;
  while (start <= path.size()) {
    const size_t end = std::min(path.find('/', start), path.size());
    const std::string_view part = path.substr(start, end - start);
    if (part.empty() || part == "." || part == "..") return false;
    start = end + 1;
  }
  return std::none_of(path.begin(), path.end(),
                      [](char c) { return c == '\\' || static_cast<unsigned char>(c) < 32 || c == 127; });
}

Result<App> ParseApp(std::string_view file, std::string_view text) {
  VERGE_TRY_ASSIGN(const Document document, yaml::Parse(file, text));
  VERGE_TRY_ASSIGN(Fields top, Fields::Of(document, document.root, ""));
  App app;
  VERGE_TRY(ReadHead(top, app));
  VERGE_TRY(ReadModels(top, app));
  VERGE_TRY_ASSIGN(app.pipeline, PathField(top, "pipeline", true));
  VERGE_TRY_ASSIGN(app.rules, PathField(top, "rules", false));
  VERGE_TRY(ReadOtherFiles(top, app));
  VERGE_TRY(ReadParams(top, app));
  VERGE_TRY(ReadHealth(top, app));
  VERGE_TRY(ReadMonitors(top, app));
  VERGE_TRY(ReadLimits(top, app));
  VERGE_TRY(top.Done());
  return app;
}

std::vector<std::string> FilesOf(const App& app) {
  std::vector<std::string> files;
  std::set<std::string> seen;
  const auto add = [&](const std::string& path) {
    if (!path.empty() && seen.insert(path).second) files.push_back(path);
  };
  add("app.yaml");
  for (const Model& model : app.models) {
    add(model.file);
    add(model.labels);
    add(model.card);
  }
  add(app.pipeline);
  add(app.rules);
  for (const Golden& golden : app.health.golden) {
    for (const auto& [tensor, path] : golden.inputs) add(path);
    for (const auto& [tensor, path] : golden.outputs) add(path);
  }
  for (const std::string& path : app.files) add(path);
  return files;
}

Result<yaml::Params> ResolveParams(const App& app, const yaml::Params& given) {
  yaml::Params params;
  for (const Param& param : app.params) params[param.name] = param.default_value;
  for (const auto& [name, value] : given) {
    const auto found = params.find(name);
    if (found == params.end()) {
      std::string known;
      for (const Param& param : app.params) known += (known.empty() ? "" : ", ") + param.name;
      return VERGE_ERROR(kInvalidArgument, "app '" + app.name + "' has no parameter '" + name +
                                               "'; declared in app.yaml: " + (known.empty() ? "none" : known));
    }
    found->second = value;
  }
  return params;
}

}  // namespace verge::app
