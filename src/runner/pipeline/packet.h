// What one frame becomes on its way through a pipeline. Each element fills in its part and leaves the rest.
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

// Pixels and tensors are shared because several elements may read the output of one (the decoder's branch and the
// report's), each on its own thread; nobody writes them once they are in a packet.
struct Packet {
  int64_t frame = 0;     // counts the source's frames from 0, skipped ones too
  int64_t media_us = 0;  // since the first frame; never goes back within a run
  std::shared_ptr<const media::Image> image;
  std::shared_ptr<const std::vector<NamedArray>> tensors;
  std::vector<Object> objects;
  std::vector<Firing> firings;
};

}  // namespace verge::runner::pipeline
