// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Runtime.Linux.Seccomp;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>Seccomp filters of running containers.</summary>
internal sealed class SeccompTests : RuntimeFixture
{
    private const string Section = """
        seccomp:
          profile: default
          allow:
            delete_module: !args
              index: 1
              values: [1]
              mask: 0x06

        """;

    private const string Profile = "seccomp:\n  profile: default\n";

    private const int NoSuchCall = 38;
    private const int NotPermitted = 1;
    private const int BadAddress = 14;
    private const ulong NewUserNamespace = 0x10000000;
    private const ulong ChildSignal = 17;

    private static readonly ContainerId s_exercise = ContainerId.Parse("exercise:0.0.1");
    private static readonly ExitStatus s_badSystemCall = new ExitStatus.Signalled(31);

    private SeccompDefault _withoutSection;

    protected override bool StartsAtOnce => false;

    [SetUp]
    public void ResetOptions() => _withoutSection = SeccompDefault.Default;

    protected override RuntimeOptions Options()
    {
        RuntimeOptions options = base.Options();
        options.Seccomp = _withoutSection;
        return options;
    }

    [TestCase("1", TestName = "T123_ListedValue_IsLetThrough")]
    [TestCase("4", TestName = "T124_MaskedValue_IsLetThrough")]
    [TestCase("0", TestName = "T126_Zero_IsLetThrough")]
    [TestCase("2", TestName = "T126_FirstBitOfTheMask_IsLetThrough")]
    [TestCase("6", TestName = "T126_WholeMask_IsLetThrough")]
    public async Task AllowedValue_OfAnArgumentRule_IsLetThrough(string value)
    {
        await StartWithTestContainerAsync();
        await StartTestContainerAsync("call-delete-module", value);
        await OutputAsync($@"^delete_module\(NULL, {value}\) returned -1");
        await OutputAsync("^Sleeping");
        await StopAsync(TestContainer);
    }

    [TestCase("7", TestName = "T125_ForbiddenValue_IsKilled")]
    [TestCase("3", TestName = "T126_ListedAndMaskedBits_AreKilled")]
    [TestCase("5", TestName = "T126_ListedAndOneMaskedBit_AreKilled")]
    [TestCase("8", TestName = "T126_BitOutsideTheMask_IsKilled")]
    public async Task ForbiddenValue_OfAnArgumentRule_IsKilled(string value)
    {
        await StartWithTestContainerAsync();
        await StartTestContainerAsync("call-delete-module", value);
        await ExitAsync(TestContainer, s_badSystemCall);
    }

    [TestCase(Section, SeccompDefault.Default, 2)]
    [TestCase(Section, SeccompDefault.Manifest, 2)]
    [TestCase(Profile, SeccompDefault.Default, 2)]
    [TestCase("", SeccompDefault.Default, 2)]
    [TestCase("", SeccompDefault.Manifest, 0)]
    public async Task T127_Status_ShowsAFilterUnlessNobodyWantsOne(string section, SeccompDefault withoutSection, int mode)
    {
        _withoutSection = withoutSection;
        await StartWithTestContainerAsync(section);
        await StartTestContainerAsync("cat", "/proc/self/status");
        await OutputAsync($"^Seccomp:.*{mode}$");
    }

    [TestCase(Profile)]
    [TestCase("")]
    public async Task T128_NativeAotProgram_NeedsNoRule(string section)
    {
        await StartWithTestContainerAsync(section);
        await StartIdleAsync("sleep");
        await StopAsync(TestContainer);
    }

    [TestCase(Profile)]
    [TestCase("")]
    public async Task T128_Threads_StartWithoutAnyCapability(string section)
    {
        await StartWithExerciseAsync(section);
        await ExerciseAsync("threads");
        await OutputAsync("^threads: 8$");
        await ExitAsync(s_exercise, new ExitStatus.Exit(0));
    }

    [TestCase(Profile, "clone3", 0ul)]
    [TestCase("", "clone3", 0ul)]
    [TestCase(Profile, "io_uring_setup", 1ul)]
    [TestCase("", "io_uring_setup", 1ul)]
    public async Task T128_ProbedCall_IsNotThereAndTheProgramGoesOn(string section, string call, ulong argument)
    {
        await StartWithExerciseAsync(section);
        await ExerciseAsync("call", Number(call), $"{argument}");
        await OutputAsync($"^errno: {NoSuchCall}$");
        await ExitAsync(s_exercise, new ExitStatus.Exit(0));
    }

    [TestCase("clone", NewUserNamespace | ChildSignal)]
    [TestCase("mount", 0ul)]
    [TestCase("delete_module", 0ul)]
    public async Task T128_ForbiddenCall_KillsUnderASectionAndFailsWithout(string call, ulong argument)
    {
        await StartWithExerciseAsync(Profile);
        await ExerciseAsync("call", Number(call), $"{argument}");
        await ExitAsync(s_exercise, s_badSystemCall);

        await Client.UninstallAsync(s_exercise);
        await Client.InstallAsync(Exercise(""), "mem");
        await ExerciseAsync("call", Number(call), $"{argument}");
        await OutputAsync($"^errno: {NotPermitted}$");
        await ExitAsync(s_exercise, new ExitStatus.Exit(0));
    }

    /// <summary>The kernel itself answers: EFAULT for the missing name, or ENOSYS when it has no modules. The filter would kill.</summary>
    [Test]
    public async Task T128_CapSysModule_OpensDeleteModule()
    {
        await StartWithExerciseAsync(Profile + "capabilities: [CAP_SYS_MODULE]\n");
        await ExerciseAsync("call", Number("delete_module"), "0");
        await OutputAsync($"^errno: ({BadAddress}|{NoSuchCall})$");
    }

    [TestCase("mount", 0ul)]
    [TestCase("unshare", NewUserNamespace)]
    [TestCase("setns", 0ul)]
    [TestCase("bpf", 0ul)]
    [TestCase("clone", NewUserNamespace | ChildSignal)]
    public async Task C13_CapNetAdmin_OpensNothing(string call, ulong argument)
    {
        await StartWithExerciseAsync(Profile + "capabilities: [CAP_NET_ADMIN]\n");
        await ExerciseAsync("call", Number(call), $"{argument}");
        await ExitAsync(s_exercise, s_badSystemCall);
    }

    private static string Number(string call) => $"{SyscallTable.For(RuntimeInformation.ProcessArchitecture).Numbers[call]}";

    private async Task StartWithTestContainerAsync(string section = Section)
    {
        await StartAsync();
        await Client.InstallAsync(TestPackages.Patched("test-container", NewPath("patched.npk"), (Section, section)), "mem");
        await InstallAsync("mem", "test-resource");
    }

    private async Task StartWithExerciseAsync(string manifest)
    {
        string package = Exercise(manifest);
        await StartAsync();
        await Client.InstallAsync(package, "mem");
    }

    private Task ExerciseAsync(params string[] arguments) => Client.StartAsync(s_exercise, null, arguments, new Dictionary<string, string>());

    private string Exercise(string manifest)
    {
        string root = System.IO.Directory.CreateDirectory(NewPath("root")).FullName;
        CCompiler.Compile("gcc", "seccomp/exercise.c", root, "-pthread", "-static");
        return TestPackages.Pack(
            $"name: exercise\nversion: 0.0.1\ninit: /exercise\nuid: 1000\ngid: 1000\nio:\n  stdout: pipe\n  stderr: pipe\n{manifest}", root, NewPath("exercise.npk"));
    }
}
