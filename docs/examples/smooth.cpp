// smooth MODEL.onnx COUNTS.csv: firing rates in Hz, a line for each bin, from spike counts with a line for each bin and a column for each unit.
#include <onnxruntime_cxx_api.h>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

int main(int, char** argv) {
  std::vector<float> counts;
  int64_t bins = 0;
  std::ifstream file(argv[2]);
  for (std::string line; std::getline(file, line); bins++) {
    std::istringstream row(line);
    for (std::string cell; std::getline(row, cell, ',');) counts.push_back(std::stof(cell));
  }

  Ort::Env env(ORT_LOGGING_LEVEL_WARNING, "smooth");
  Ort::Session session(env, argv[1], Ort::SessionOptions{});  // on Windows the path is of wchar_t
  Ort::AllocatorWithDefaultOptions allocator;
  auto width = session.GetModelMetadata().LookupCustomMetadataMapAllocated("unet_spikes.bin_width_ms", allocator);
  const double bins_per_second = 1000 / std::stod(width.get());

  std::vector<int64_t> shape{1, bins, static_cast<int64_t>(counts.size()) / bins};  // [trial, bin, unit]
  auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
  auto spikes = Ort::Value::CreateTensor<float>(memory, counts.data(), counts.size(), shape.data(), shape.size());
  const char *inputs[] = {"spikes"}, *outputs[] = {"rates"};
  auto run = session.Run(Ort::RunOptions{}, inputs, &spikes, 1, outputs, 1);

  shape = run[0].GetTensorTypeAndShapeInfo().GetShape();
  const float* rate = run[0].GetTensorData<float>();  // expected spikes per bin
  for (int64_t bin = 0; bin < shape[1]; bin++)
    for (int64_t unit = 0; unit < shape[2]; unit++)
      std::printf("%.9g%c", *rate++ * bins_per_second, unit + 1 < shape[2] ? ',' : '\n');
}
