// What flows through a pipeline. Each element fills in its part and leaves the rest, so an alert still knows the
// picture that its object was seen in.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "media/array.h"
#include "media/image.h"
#include "runner/types.h"

namespace verge::runner::pipeline {

struct NamedArray {
  std::string name;
  media::Array array;
};

// Rows of numbers with their times: what sensors give. A block of sound is samples of one channel at a fixed rate.
// Port::channels names the columns.
struct Samples {
  std::vector<int64_t> times_us;  // one a row; never goes back
  std::vector<double> values;     // rows x channels; NaN: missing

  size_t rows() const { return times_us.size(); }
};

// Pixels, tensors and samples are shared because several elements may read the output of one (the decoder's branch and
// the report's), each on its own thread; nobody writes them once they are in a packet.
struct Packet {
  int64_t frame = 0;     // counts what the source gave from 0, skipped ones too
  int64_t media_us = 0;  // since the source began; when what is in here could be known. Never goes back within a run
  int64_t born_us = 0;   // steady clock when the source gave it: how old it is
  uint32_t input = 0;    // which entry of the reader's `from` it came through
  bool is_mark = false;  // nothing but "time has come to media_us"
  std::shared_ptr<const media::Image> image;
  std::shared_ptr<const std::vector<NamedArray>> tensors;
  std::shared_ptr<const Samples> samples;
  std::vector<Object> objects;
  std::vector<Firing> firings;
};

}  // namespace verge::runner::pipeline
