// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using Northstar.Api;
using Northstar.Runtime;
using Northstar.Runtime.Interop;
using Northstar.Runtime.Launch;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>Every step of a launch fails, hangs, or loses a process: the start fails, nothing of it is left, nobody else notices.</summary>
internal sealed class LaunchFaultTests : WitnessFixture
{
    private static readonly LaunchStage[] s_stages = [.. Enum.GetValues<LaunchStage>().Except([LaunchStage.None, LaunchStage.Launcher])];
    private static readonly LaunchStage[] s_launcherStages = [LaunchStage.Receive, LaunchStage.Fork];
    private static readonly Errno[] s_errnos = [Errno.EIO, Errno.ENOMEM, Errno.ENOSPC, Errno.EPERM, Errno.EINVAL];

    [SetUp]
    public Task InstallSubjectAsync() => InstallAsync("mem", "test-container", "test-resource");

    [TestCaseSource(nameof(s_stages))]
    public async Task W01_LaunchStep_ThatFails_IsNamedAndTakenBack(LaunchStage stage)
    {
        int errno = (int)s_errnos[(int)stage % s_errnos.Length];
        Runtime.Starter.Fault = new LaunchFault(stage, errno);

        ApiException? failure = Assert.ThrowsAsync<ApiException>(() => StartTestContainerAsync("sleep"));

        string expected = new LaunchFailedException(stage, errno, "").Message;
        Assert.That(failure!.Error, Is.EqualTo(new ApiError.StartContainerFailed(TestContainer, expected)));
        await AssertNothingOfItIsLeftAsync();
        await AssertTheNextStartWorksAsync();
    }

    [Test]
    public async Task W01_Launcher_ThatCannotStart_IsNamed()
    {
        LaunchFailedException? failure = Assert.ThrowsAsync<LaunchFailedException>(
            () => Launcher.StartAsync(InitProgram.Find(new RuntimeOptions()), (int)Errno.ENOSPC));
        Assert.That((failure!.Stage, failure.Errno), Is.EqualTo((LaunchStage.Launcher, (int)Errno.ENOSPC)));
        await AssertTheNextStartWorksAsync();
    }

    [Test]
    public async Task W01_Init_KilledAtAnyStep_FailsThatStartAlone()
    {
        foreach (LaunchStage stage in s_stages.Except(s_launcherStages))
        {
            (Task starting, int init, _) = await StandStillAsync(stage);
            Kill(init);
            Assert.That(() => starting, ThrowsStartFailed(), $"{stage}");
            await AssertNothingOfItIsLeftAsync();
        }

        await AssertTheNextStartWorksAsync();
    }

    [Test]
    public async Task W02_Payload_KilledAtAnyStep_FailsThatStartNamingIt()
    {
        int killed = 0;
        foreach (LaunchStage stage in s_stages.Except(s_launcherStages))
        {
            (Task starting, int init, int standing) = await StandStillAsync(stage);
            string? message = null;
            // Both of them join the cgroups, and both would stand still.
            if (standing != init && stage != LaunchStage.Cgroup)
            {
                Kill(standing);
                message = new LaunchFailedException(stage, (int)Errno.ECANCELED, "").Message;
                killed++;
            }
            else
            {
                Kill(init);
            }

            ApiException? failure = Assert.ThrowsAsync<ApiException>(() => starting, $"{stage}");
            Assert.That(((ApiError.StartContainerFailed)failure!.Error!).Error, message is null ? Is.Not.Empty : Is.EqualTo(message), $"{stage}");
            await AssertNothingOfItIsLeftAsync();
        }

        Assert.That(killed, Is.GreaterThanOrEqualTo(8), "steps of the payload");
        await AssertTheNextStartWorksAsync();
    }

    [Test]
    public async Task W37_Launcher_KilledAtAnyStep_TakesItsContainersAndIsStartedAgain()
    {
        foreach (LaunchStage stage in s_stages)
        {
            int launcher = LauncherPid;
            (Task starting, int init, int standing) = await StandStillAsync(stage);

            Kill(launcher);

            Assert.That(() => starting, ThrowsStartFailed(), $"{stage}");
            await ExitAsync(Witness, new ExitStatus.Signalled(9));
            await EventAsync("LauncherEnded");
            ForgetWitness();

            // Without the launcher somebody else collects what it left.
            Assert.That(() => !new[] { launcher, init, standing }.Any(ProcessTable.Exists), Is.True.After(5000, 5), $"{stage}");
            Runtime.Starter.Fault = default;
            await AssertNothingOfItIsLeftAsync();
            await StartWitnessAsync();
            Assert.That(LauncherPid, Is.Not.EqualTo(launcher));
        }

        await AssertTheNextStartWorksAsync();
    }

    [Test]
    public async Task W46_LostPidFd_FailsTheStartAndNobodyRuns()
    {
        Launcher launcher = await Runtime.CurrentLauncher;
        launcher.LosesPidFds = true;
        Assert.That(() => StartTestContainerAsync("sleep"), ThrowsStartFailed("EMFILE"));
        launcher.LosesPidFds = false;
        await AssertNothingOfItIsLeftAsync();
        await AssertTheNextStartWorksAsync();
    }

    /// <summary>What happens when the pidfd of an init gets lost whose program runs already.</summary>
    [Test]
    public async Task Launcher_AskedToKill_KillsItsChildAndNobodyElse()
    {
        await StartTestContainerAsync("sleep");
        Launcher launcher = await Runtime.CurrentLauncher;
        using Process other = Process.Start("sleep", "1000");

        launcher.Kill(other.Id);
        launcher.Kill(await PidAsync(TestContainer));

        await ExitAsync(TestContainer, new ExitStatus.Signalled(9));
        Assert.That(other.HasExited, Is.False);
        other.Kill();
        await other.WaitForExitAsync();
        Assert.That(ProcessTable.Inits(LauncherPid), Is.EqualTo(new[] { WitnessPid }));
    }

    [TestCase(LaunchStage.Mount)]
    [TestCase(LaunchStage.Cgroup)]
    [TestCase(LaunchStage.Execve)]
    public async Task W07_Launch_ThatHangs_IsGivenUpAtTheLimit(LaunchStage stage)
    {
        Hang(stage);
        Assert.That(() => StartTestContainerAsync("sleep"), ThrowsStartFailed("ETIMEDOUT"));
        await AssertNothingOfItIsLeftAsync();
        await AssertTheNextStartWorksAsync();
    }

    [TestCase(LaunchStage.Receive)]
    [TestCase(LaunchStage.Fork)]
    public async Task W07_Launcher_ThatHangs_IsStartedAgain(LaunchStage stage)
    {
        int launcher = LauncherPid;
        Hang(stage);
        Assert.That(() => StartTestContainerAsync("sleep"), ThrowsStartFailed("ETIMEDOUT"));
        await ExitAsync(Witness, new ExitStatus.Signalled(9));
        ForgetWitness();
        Assert.That(() => ProcessTable.Exists(launcher), Is.False.After(5000, 5));
        await AssertTheNextStartWorksAsync();
    }

    [TestCase(LaunchStage.Receive)]
    [TestCase(LaunchStage.Root)]
    [TestCase(LaunchStage.Seccomp)]
    public async Task W07_Shutdown_WhileALaunchHangs_Ends(LaunchStage stage)
    {
        (Task starting, _, _) = await StandStillAsync(stage);
        await Runtime.StopAsync().WaitAsync(Limit);
        Assert.That(() => starting, Throws.InstanceOf<ApiException>());
        ForgetWitness();
    }

    private static void Kill(int pid) => Assert.That(Sys.kill(pid, Sys.SIGKILL), Is.Zero, $"kill {pid}");

    private static NUnit.Framework.Constraints.Constraint ThrowsStartFailed(string word = "") =>
        Throws.TypeOf<ApiException>().With.Property(nameof(ApiException.Error)).Matches<ApiError>(
            e => e is ApiError.StartContainerFailed f && f.Container == TestContainer && f.Error.Contains(word, StringComparison.Ordinal));

    private void Hang(LaunchStage stage)
    {
        Runtime.Starter.Fault = new LaunchFault(stage, 0);
        Runtime.Starter.LaunchLimit = TimeSpan.FromMilliseconds(300);
    }

    /// <summary>Begins a start that stands still at a step, and waits until it does. Returns the start, init (0 before it is forked), and who stands still.</summary>
    private async Task<(Task Starting, int Init, int Standing)> StandStillAsync(LaunchStage stage)
    {
        Runtime.Starter.Fault = new LaunchFault(stage, 0);
        Task starting = StartTestContainerAsync("sleep");
        int launcher = LauncherPid;
        if (s_launcherStages.Contains(stage))
        {
            AssertSoon(() => ProcessTable.StandsStill(launcher), $"{stage}");
            return (starting, 0, launcher);
        }

        int init = 0, standing = 0;
        AssertSoon(
            () =>
            {
                init = ProcessTable.Inits(launcher).FirstOrDefault(pid => pid != WitnessPid);
                standing = init == 0 ? 0 : ProcessTable.Tree(init).FirstOrDefault(ProcessTable.StandsStill);
                return standing != 0;
            },
            $"{stage}");
        return (starting, init, standing);
    }

    private static void AssertSoon(Func<bool> condition, string what) =>
        Assert.That(() => condition(), Is.True.After((int)Limit.TotalMilliseconds, 1), what);

    private async Task AssertNothingOfItIsLeftAsync()
    {
        Assert.That(TakeNotifications().Where(static n => n is Notification.Started or Notification.Exit), Is.Empty);
        Assert.That(await PidAsync(TestContainer), Is.Zero);
        Assert.That(System.IO.Directory.GetDirectories("/sys/fs/cgroup", TestContainer.Name.ToString(), SearchOption.AllDirectories), Is.Empty);
        Assert.That(System.IO.Directory.EnumerateFileSystemEntries(NewPath("sockets")), Is.Empty);
        if (WitnessPid != 0)
        {
            Assert.That(ProcessTable.Inits(LauncherPid), Is.EqualTo(new[] { WitnessPid }));
        }
    }

    private async Task AssertTheNextStartWorksAsync()
    {
        Runtime.Starter.Fault = default;
        Runtime.Starter.LaunchLimit = TimeSpan.FromSeconds(30);
        await StartIdleAsync("sleep");
        await NotificationAsync<Notification.Started>();
        await StopAsync(TestContainer);
    }
}
