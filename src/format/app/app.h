// The description of an app: app.yaml of its folder. docs/formats/app.md says what each field means.
//
// Read      ReadApp checks the whole file and that every file it names is a regular file inside the folder; what it
//           returns needs no further checks. It does not open models, pipeline or rules.
// Errors    kInvalidArgument `app.yaml:line: field: expected X, got Y`; kNotFound for a missing file.
// Threads   plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "drift/monitor.h"
#include "format/yaml/yaml.h"

namespace verge::app {

struct Model {
  std::string name;
  std::string file;    // path inside the folder: .vg, before packing also .tflite
  std::string labels;  // path inside the folder, or empty
  std::string card;    // the report of `verge optimize` as JSON: path inside the folder, or empty
};

struct Param {
  std::string name;
  std::string default_value;
  std::string description;
};

// Inputs and outputs of one run of a model: (tensor name, path of a .npy file inside the folder).
struct Golden {
  std::string model;
  std::vector<std::pair<std::string, std::string>> inputs;
  std::vector<std::pair<std::string, std::string>> outputs;
  double relative = 0;  // |got - want| <= absolute + relative * max|want|
  double absolute = 0;
};

struct LatencyBudget {
  std::string model;
  double p95_ms = 0;
  int runs = 10;
};

struct Health {
  std::vector<Golden> golden;
  std::optional<LatencyBudget> latency;
  int heartbeat_s = 10;
  int soak_s = 3;
  int gate_wait_s = 60;  // after the soak, for the first window of each monitor that is a gate
};

// Which number of the running app a monitor watches.
enum class Signal : uint8_t {
  kInput,   // a statistic of a tensor that a model reads, each run
  kOutput,  // the same of a tensor that it gives: scores, embeddings
  kScore,   // the score of each object that the decoder finds
  kEvents,  // firings of the rules a minute, each interval of media time
};
enum class Statistic : uint8_t { kMean, kDeviation, kLeast, kMost, kNorm };

struct Monitor {
  std::string name;
  Signal signal = Signal::kScore;
  std::string model;   // of kInput and kOutput
  std::string tensor;  // of kInput and kOutput
  Statistic statistic = Statistic::kMean;
  std::string label;                 // of kScore: only objects of this label; empty: all
  int64_t interval_us = 60'000'000;  // of kEvents
  bool is_gate = false;              // a bad window during the soak rolls the version back
  drift::MonitorSpec spec;
};

struct Limits {
  int memory_mb = 512;
  int threads = 1;
  int files = 64;
  bool network = false;  // may open internet sockets (a camera over RTSP needs it)
};

struct App {
  std::string name;
  int32_t version = 0;
  std::string description;
  std::vector<Model> models;
  std::string pipeline;            // path inside the folder
  std::string rules;               // path inside the folder, or empty
  std::vector<std::string> files;  // further paths inside the folder that belong to the package
  std::vector<Param> params;
  Health health;
  std::vector<Monitor> monitors;
  Limits limits;

  const Model* FindModel(std::string_view model_name) const;
};

// Reads DIR/app.yaml.
Result<App> ReadApp(const std::string& dir);

// The same from bytes: without the check that the named files exist. `file` is used in messages.
Result<App> ParseApp(std::string_view file, std::string_view text);

// Every file the description names, app.yaml first, each once, in the order of the fields.
std::vector<std::string> FilesOf(const App& app);

// Declared parameters with `given` laid over the defaults. kInvalidArgument names a parameter that is not declared.
Result<yaml::Params> ResolveParams(const App& app, const yaml::Params& given);

// True for a relative path that stays inside the folder: '/'-separated, at most 255 bytes, no empty, "." or ".." part,
// no backslash and no control character.
bool IsSafePath(std::string_view path);

// True for [a-z0-9][a-z0-9-]{0,62}: apps, and by the same rule groups and models.
bool IsName(std::string_view name);

// The bytes of a text file of the app folder, at most `max_bytes`; `path` must be safe. A symbolic link is refused.
Result<std::string> ReadTextFile(const std::string& dir, const std::string& path, size_t max_bytes = size_t{1} << 20);

}  // namespace verge::app
