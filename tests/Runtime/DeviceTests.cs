using Microsoft.ML.OnnxRuntime;
using UnetSpikes.Core;
using UnetSpikes.Runtime;
using UnetSpikes.Runtime.Native;
using Xunit;

namespace UnetSpikes.Tests.Runtime;

public class DeviceTests
{
    private static readonly CudaState OneGpu = new(true, "1 device(s), driver for CUDA 13.0", 1);
    private static readonly CudaState NoCudnn = new(false, "libcudnn.so.9 was not found by the dynamic linker; install cuDNN 9", 0);

    [Theory]
    [InlineData("auto", "auto")]
    [InlineData("cpu", "cpu")]
    [InlineData("cuda", "cuda:0")]
    [InlineData("cuda:3", "cuda:3")]
    public void Device_names_are_read(string text, string expected) => Assert.Equal(expected, Device.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("gpu")]
    [InlineData("CPU")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:1.5")]
    [InlineData("cuda: 1")]
    [InlineData("cuda:99999999999")]
    public void Anything_else_is_a_usage_error_that_lists_what_may_be_said(string text)
    {
        var e = Assert.Throws<UsageException>(() => Device.Parse(text));

        Assert.Equal($"--device: '{text}' is not a device, expected auto, cpu, cuda or cuda:N", e.Message);
    }

    [Fact]
    public void Auto_takes_cuda_where_it_can_be_used_and_else_says_why_not()
    {
        Assert.Equal(new DeviceChoice(Device.Cuda(), OneGpu.Reason), DevicePolicy.Choose(Device.Auto, () => OneGpu));
        Assert.Equal(new DeviceChoice(Device.Cpu, "CUDA cannot be used: " + NoCudnn.Reason), DevicePolicy.Choose(Device.Auto, () => NoCudnn));
    }

    [Fact]
    public void Cuda_asked_for_by_name_is_cuda_or_an_error()
    {
        Assert.Equal(Device.Cuda(), DevicePolicy.Choose(Device.Cuda(), () => OneGpu).Device);
        Assert.Contains("libcudnn.so.9", Assert.Throws<SessionException>(() => DevicePolicy.Choose(Device.Cuda(), () => NoCudnn)).Message, StringComparison.Ordinal);
        Assert.Contains("device cuda:1: the driver shows 1 device(s)", Assert.Throws<SessionException>(() => DevicePolicy.Choose(Device.Cuda(1), () => OneGpu)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_cpu_is_taken_without_looking_for_cuda() =>
        Assert.Equal(Device.Cpu, DevicePolicy.Choose(Device.Cpu, () => throw new InvalidOperationException("looked")).Device);

    [SkippableFact]
    public void Without_cuda_a_session_on_it_fails_and_names_the_library()
    {
        Skip.If(CudaProbe.Current().Usable, "CUDA can be used here");

        var e = Assert.Throws<SessionException>(() => new OnnxSession(Fixtures.Bytes("sgd_step"), Fixtures.Quiet with { Device = Device.Cuda() }));

        Assert.StartsWith("device cuda:0: lib", e.Message, StringComparison.Ordinal);
        Assert.Contains(".so", e.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void What_onnx_runtime_itself_says_against_the_provider_is_one_line()
    {
        Skip.If(CudaProbe.Current().Usable, "CUDA can be used here");
        using SessionOptions options = SessionFactory.NewOptions(Fixtures.Quiet, threads: 1);

        var e = Assert.Throws<SessionException>(() => CudaProvider.Append(options, Fixtures.Quiet, Device.Cuda()));

        Assert.StartsWith("device cuda:0: model: CUDA cannot be used: Failed to load library", e.Message, StringComparison.Ordinal);
        Assert.Contains("libonnxruntime_providers_cuda.so", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    [SkippableFact]
    public void Without_cuda_auto_runs_on_the_cpu_and_says_so()
    {
        Skip.If(CudaProbe.Current().Usable, "CUDA can be used here");

        using var session = new OnnxSession(Fixtures.Bytes("sgd_step"), Fixtures.Quiet with { Device = Device.Auto });

        Assert.Equal(Device.Cpu, session.Device);
        Assert.StartsWith("CUDA cannot be used: lib", session.DeviceReason, StringComparison.Ordinal);
    }

    [SkippableFact]
    [Trait("Category", "Gpu")]
    public void On_a_gpu_a_training_step_gives_what_the_cpu_gives()
    {
        Skip.IfNot(CudaProbe.Current().Usable, CudaProbe.Current().Reason);
        using var session = new OnnxSession(Fixtures.Bytes("sgd_step"), Fixtures.Quiet with { Device = Device.Cuda() });
        var rng = new Rng(7, "test");
        float[] p = Sgd.Random(12, rng);
        double[] expected = [.. p.Select(v => (double)v)];
        using StatefulSession step = Sgd.Bind(session, p, inDeviceMemory: true);

        for (int i = 0; i < 100; i++)
        {
            Sgd.FillFeeds(step, rng);
            double loss = Sgd.Reference(expected, step.Feed("x"), step.Feed("t"));
            step.Step();
            Assert.Equal(loss, step.Fetch("loss"), 2e-5 * Math.Max(1, loss));
        }

        step.ReadState<float>("p", p);
        Assert.All(expected.Zip(p), pair => Assert.Equal(pair.First, pair.Second, 2e-5));
    }

    [Fact]
    public void The_cuda_provider_is_looked_for_beside_onnx_runtime()
    {
        string empty = Directory.CreateTempSubdirectory().FullName;

        CudaState state = CudaProbe.Probe(empty);

        Assert.False(state.Usable);
        Assert.Contains($"libonnxruntime_providers_cuda.so is not beside ONNX Runtime in {empty}; build with -p:Gpu=true", state.Reason, StringComparison.Ordinal);
        Directory.Delete(empty);
    }

    [SkippableFact]
    public void The_libraries_a_library_needs_are_read_from_its_file()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "ELF files are Linux's");

        Assert.Contains("libc.so.6", ElfImports.Read(OrtLibrary.LoadedPath()!));
        Assert.Empty(ElfImports.Read(typeof(DeviceTests).Assembly.Location));
    }

    [Fact]
    public void A_damaged_library_file_gives_no_names_and_no_crash()
    {
        string path = Path.GetTempFileName();
        byte[] head = new byte[4096];
        using (FileStream file = File.OpenRead(OrtLibrary.LoadedPath()!))
        {
            file.ReadExactly(head);
        }

        var rng = new Rng(5, "test");
        for (int i = 0; i < 200; i++)
        {
            byte[] damaged = [.. head.Take(rng.NextInt(head.Length))];
            for (int n = 0; n < 20 && damaged.Length > 6; n++)
            {
                damaged[6 + rng.NextInt(damaged.Length - 6)] = (byte)rng.NextInt(256);
            }

            File.WriteAllBytes(path, damaged);
            _ = ElfImports.Read(path);
        }

        File.WriteAllBytes(path, head[..63]);
        Assert.Empty(ElfImports.Read(path));
        File.Delete(path);
    }
}
