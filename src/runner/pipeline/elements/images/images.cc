// Source of frames: the pictures of a folder (JPEG, PNG, BMP), in the order of their names.
//
//   file       path of the folder, or of one picture
//   every      media time between two pictures (default 1s)
//   realtime   let media time pass as wall time does (default false)
#include <algorithm>

#include "media/image.h"
#include "runner/pipeline/element.h"
#include "runner/pipeline/pacer.h"
#include "runner/pipeline/services.h"
#include "sys/file/file.h"
#include "sys/file/mapped_file.h"

namespace verge::runner::pipeline {
namespace {

class ImagesSource final : public Source {
 public:
  ImagesSource(std::vector<std::string> paths, int64_t every_us, bool is_realtime)
      : paths_(std::move(paths)), every_us_(every_us), is_realtime_(is_realtime) {}

  Result<bool> Next(Packet& packet) override {
    if (pacer_.is_stopping() || next_ == paths_.size()) return false;
    const std::string& path = paths_[next_];
    packet.frame = static_cast<int64_t>(next_);
    packet.media_us = packet.frame * every_us_;
    ++next_;
    if (is_realtime_ && !pacer_.WaitUntil(packet.media_us)) return false;
    VERGE_TRY_ASSIGN(const sys::MappedFile file, sys::MappedFile::Open(path));
    Result<media::Image> image = media::DecodeImage(file.bytes());
    if (!image.ok()) return std::move(image).status().WithContext(path);
    packet.image = std::make_shared<const media::Image>(*std::move(image));
    return true;
  }
  void Stop() override { pacer_.Stop(); }

 private:
  std::vector<std::string> paths_;
  int64_t every_us_;
  bool is_realtime_;
  size_t next_ = 0;
  Pacer pacer_;
};

bool IsPicture(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return name.ends_with(".jpg") || name.ends_with(".jpeg") || name.ends_with(".png") || name.ends_with(".bmp");
}

Result<Made> MakeImages(MakeArgs& args) {
  yaml::Fields& f = args.fields;
  VERGE_TRY_ASSIGN(const std::string given, f.String("file"));
  VERGE_TRY_ASSIGN(const int64_t every_us, f.DurationUs("every", 1000000));
  VERGE_TRY_ASSIGN(const bool is_realtime, f.Bool("realtime", false));
  Made made;
  made.is_blocking = is_realtime;
  made.output = Port::Of(PortKind::kFrames);
  if (!args.services.OpensSources()) return made;
  if (given.empty()) return f.Expected("file", "the path of a folder (a parameter may be unset: --param name=value)");
  const std::string path = args.services.PathOf(given);
  std::vector<std::string> paths = {path};
  if (sys::IsDirectory(path)) {
    paths.clear();
    VERGE_TRY_ASSIGN(const std::vector<std::string> names, sys::ListDir(path));
    for (const std::string& name : names) {
      if (IsPicture(name)) paths.push_back(sys::JoinPath(path, name));
    }
  }
  if (paths.empty() || !sys::Exists(paths[0]))
    return f.Expected("file", "a folder with .jpg, .png or .bmp files, or one of them");
  made.source = std::make_unique<ImagesSource>(std::move(paths), every_us, is_realtime);
  return made;
}

}  // namespace

ElementType ImagesElement() { return {"images", "the pictures of a folder", {}, MakeImages}; }

}  // namespace verge::runner::pipeline
