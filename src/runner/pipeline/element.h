// What an element is: a kind (one line of elements.def), made from its YAML fields into a source or a stage.
//
// Life      Make() reads the fields, checks its inputs and opens what it needs, on the main thread before any sandbox
//           closes. Then Next, or Process for each packet and Advance for each mark, and Finish at the end.
// Errors    Make names file, line and field. An error of Next, Process, Advance or Finish ends the whole pipeline with
//           it.
// Threads   one call at a time, not always from the same thread. Stop may come from any thread at any time.
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
  // False: the stream has ended, or Stop was called. A live source that has nothing for a while gives a mark, so that
  // who waits for an absence sees time pass.
  virtual Result<bool> Next(Packet& packet) = 0;
  virtual void Stop() = 0;
};

// Takes what one call of a stage gives, any number of packets. Their media time is raised to that of the input, because
// nothing can be known earlier than what it was made from.
class Outlet {
 public:
  explicit Outlet(int64_t media_us) : media_us_(media_us) {}
  void Give(Packet packet) {
    if (packet.media_us < media_us_) packet.media_us = media_us_;
    packets_.push_back(std::move(packet));
  }
  std::vector<Packet>& packets() { return packets_; }

 private:
  int64_t media_us_;
  std::vector<Packet> packets_;
};

class Stage {
 public:
  virtual ~Stage() = default;
  virtual Status Process(Packet packet, Outlet& out) = 0;
  // Nothing came, but media time is now `media_us`.
  virtual Status Advance(int64_t media_us, Outlet& out);
  virtual Status Finish(Outlet& out);
};

// What Make gives back: either a source or a stage. No output port: a sink.
struct Made {
  std::unique_ptr<Source> source;
  std::unique_ptr<Stage> stage;
  std::optional<Port> output;
  bool is_live = false;  // of a source: what comes too fast is dropped, not waited for
  bool is_blocking =
      false;  // of a source: Next waits for the world, so it gets a thread of its own; so does a live one
};

struct MakeArgs {
  yaml::Fields& fields;             // id, type and from are taken already; unknown fields are refused after Make
  std::vector<const Port*> inputs;  // one for each entry of `from`, all of an accepted kind; empty for a source
  Services& services;

  const Port& input() const { return *inputs.front(); }
};

inline constexpr size_t kMaxInputs = 8;  // entries of `from`

struct ElementType {
  const char* name;
  const char* summary;
  std::vector<PortKind> accepts;  // empty: a source
  Result<Made> (*make)(MakeArgs& args);
  size_t max_inputs = 1;
};

// Every element of elements.def, in its order.
std::span<const ElementType* const> AllElements();

}  // namespace verge::runner::pipeline
