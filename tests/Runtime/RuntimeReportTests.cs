using System.Reflection;
using UnetSpikes.Runtime;
using Xunit;

namespace UnetSpikes.Tests.Runtime;

public class RuntimeReportTests
{
    [Fact]
    public void The_report_names_the_library_really_loaded_and_leaves_nothing_blank()
    {
        RuntimeReport report = RuntimeReport.Collect(3);

        Assert.Matches(@"^\d+\.\d+\.\d+$", report.OnnxRuntimeVersion);
        Assert.True(File.Exists(report.OnnxRuntimePath), report.OnnxRuntimePath);
        Assert.Contains("CPUExecutionProvider", report.Providers, StringComparison.Ordinal);
        Assert.Matches("^(not )?usable: .", report.Cuda);
        Assert.Equal("3 (--threads)", report.Threads);
        Assert.All(typeof(RuntimeReport).GetProperties().Where(p => p.PropertyType == typeof(string)), p => Assert.NotEmpty((string)p.GetValue(report)!));
    }

    [Fact]
    public void No_type_of_onnx_runtime_shows_in_the_public_api()
    {
        IEnumerable<Type> shown = typeof(OnnxSession).Assembly.GetExportedTypes()
            .SelectMany(t => t.GetMembers(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static))
            .Where(IsVisible)
            .SelectMany(TypesOf)
            .SelectMany(Parts);

        Assert.DoesNotContain(shown, t => t.Assembly.GetName().Name is "UnetSpikes.OnnxRuntime" or "Microsoft.ML.OnnxRuntime");
    }

    private static bool IsVisible(MemberInfo member) => member switch
    {
        MethodBase m => m.IsPublic || m.IsFamily || m.IsFamilyOrAssembly,
        FieldInfo f => f.IsPublic || f.IsFamily || f.IsFamilyOrAssembly,
        PropertyInfo p => p.GetAccessors().Length > 0,
        EventInfo => true,
        _ => false,
    };

    private static IEnumerable<Type> TypesOf(MemberInfo member) => member switch
    {
        MethodInfo m => m.GetParameters().Select(p => p.ParameterType).Append(m.ReturnType),
        ConstructorInfo c => c.GetParameters().Select(p => p.ParameterType),
        FieldInfo f => [f.FieldType],
        PropertyInfo p => [p.PropertyType],
        EventInfo e => [e.EventHandlerType!],
        _ => [],
    };

    private static IEnumerable<Type> Parts(Type type) =>
        type.HasElementType ? Parts(type.GetElementType()!) : type.GetGenericArguments().SelectMany(Parts).Append(type);
}
