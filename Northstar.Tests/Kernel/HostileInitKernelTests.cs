// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Diagnostics;
using Northstar.Api;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Tests.Support;

namespace Northstar.Tests.Kernel;

/// <summary>A real runtime whose northstar-init is a program that breaks the protocol in every way.</summary>
[Requires(HostFeature.Compiler)]
internal sealed class HostileInitKernelTests : WitnessFixture
{
    private const int Rounds = 5;

    /// <summary>Those that end before the program runs, and those that end after.</summary>
    private static readonly string[] s_neverStarted = ["silent", "closes", "ends", "random", "floods", "oversize", "truncated", "empty", "exits-first"];
    private static readonly (string Name, ExitStatus Exit)[] s_started =
    [
        ("closes-later", new ExitStatus.Signalled(9)), ("random-later", new ExitStatus.Exit(-1)), ("starts-twice", new ExitStatus.Exit(-1)),
        ("exits-twice", new ExitStatus.Exit(-1)), ("fails-later", new ExitStatus.Exit(-1)),
    ];

    protected override bool LauncherKeepsSpares => false;

    [Test]
    public async Task C11_InitThatNeverStartsAnything_FailsTheStartAlone([ValueSource(nameof(s_neverStarted))] string name)
    {
        ContainerId id = await Client.InstallAsync(TestPackages.Program(name), "mem");
        Runtime.Starter.LaunchLimit = name == "silent" ? TimeSpan.FromMilliseconds(200) : TimeSpan.FromSeconds(30);
        for (int round = 0; round < Rounds; round++)
        {
            ApiException? failure = Assert.ThrowsAsync<ApiException>(() => Client.StartAsync(id));
            Assert.That(failure!.Error, Is.TypeOf<ApiError.StartContainerFailed>());
            Assert.That(TakeNotifications().Where(static n => n is Notification.Started or Notification.Exit), Is.Empty);
            Assert.That(await PidAsync(id), Is.Zero);
            await AssertWitnessRunsAsync();
        }
    }

    [Test]
    public async Task C11_InitThatMisbehavesLater_EndsItsContainerOnce([ValueSource(nameof(s_started))] (string Name, ExitStatus Exit) init)
    {
        ContainerId id = await Client.InstallAsync(TestPackages.Program(init.Name), "mem");
        for (int round = 0; round < Rounds; round++)
        {
            // The end may come before the answer, which then is an error.
            try
            {
                await Client.StartAsync(id);
            }
            catch (ApiException e) when (e.Error is ApiError.StartContainerFailed)
            {
                continue;
            }

            await ExitAsync(id, init.Exit);
            Assert.That(TakeNotifications().Where(static n => n is Notification.Started or Notification.Exit), Is.Empty);
            await AssertWitnessRunsAsync();
        }
    }

    protected override RuntimeOptions Options()
    {
        string program = NewPath("hostile-init");
        string source = Path.Combine(AppContext.BaseDirectory, "Fixtures", "hostile-init", "hostile-init.c");
        using Process compiler = Process.Start(HostProbe.FindTool("gcc")!, ["-Wall", "-Werror", "-O1", "-static", "-o", program, source]);
        compiler.WaitForExit();
        Assert.That(compiler.ExitCode, Is.Zero, "gcc");
        RuntimeOptions options = base.Options();
        options.InitPath = program;
        return options;
    }
}
