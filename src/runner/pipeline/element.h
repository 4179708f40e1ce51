// What an element is: a kind (one line of elements.def), made from its YAML fields into a source or a stage.
//
// Life      Make() reads the fields, checks its input and opens what it needs, on the main thread before any sandbox
// closes.
//           Then everything happens on the element's own thread: Next or Process for each packet, Finish at the end.
// Errors    Make names file, line and field. An error of Next, Process or Finish ends the whole pipeline with it.
// Threads   Stop may come from any thread at any time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "format/yaml/fields.h"
#include "runner/pipeline/packet.h"
#include "runner/pipeline/port.h"

namespace verge::runner::pipeline {

struct Services;

class Source {
 public:
  virtual ~Source() = default;
  // False: the stream has ended, or Stop was called.
  virtual Result<bool> Next(Packet& packet) = 0;
  virtual void Stop() = 0;
};

class Stage {
 public:
  virtual ~Stage() = default;
  virtual Status Process(Packet& packet) = 0;
  virtual Status Finish() { return Status::Ok(); }
};

// What Make gives back: either a source or a stage. No output port: a sink.
struct Made {
  std::unique_ptr<Source> source;
  std::unique_ptr<Stage> stage;
  std::optional<Port> output;
  bool is_live = false;  // of a source: frames that come too fast are dropped, not waited for
};

struct MakeArgs {
  yaml::Fields& fields;  // id, type and from are taken already; unknown fields are refused after Make
  const Port* input;     // null for a source; of an accepted kind otherwise
  Services& services;
};

struct ElementType {
  const char* name;
  const char* summary;
  std::vector<PortKind> accepts;  // empty: a source
  Result<Made> (*make)(MakeArgs& args);
};

// Every element of elements.def, in its order.
std::span<const ElementType* const> AllElements();

}  // namespace verge::runner::pipeline
