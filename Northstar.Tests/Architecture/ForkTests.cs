// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Reflection;
using System.Text.RegularExpressions;
using Northstar.Runtime;
using Northstar.Runtime.Interop;
using Northstar.Tests.Support;

namespace Northstar.Tests.Structure;

/// <summary>A process with many threads never forks, and calls that change one thread are not made on threads of the pool.</summary>
internal sealed partial class ForkTests
{
    /// <summary>Files that may: one tries what the kernel can on a thread that ends right after, one changes an attribute of the whole process.</summary>
    private static readonly string[] s_exceptions = ["ProcessProbes.cs", "ProcessProtection.cs"];

    /// <summary>Only northstar-init, which has one thread, may call these.</summary>
    private static readonly string[] s_banned =
    [
        "fork", "vfork", "clone", "clone3", "execve", "execv", "unshare", "setns", "pivot_root", "chroot", "chdir", "fchdir", "setresuid", "setresgid",
        "setgroups", "capset", "seccomp", "setsid", "sethostname", "umask", "prctl", "keyctl_join_session_keyring", "sched_setscheduler", "setpriority",
    ];

    private static IEnumerable<string> Sources() =>
        new[] { "Northstar.Npk", "Northstar.Api", "Northstar.Runtime", "Northstar.Host" }
            .SelectMany(static project => Directory.EnumerateFiles(Path.Combine(HostProbe.Repository, project), "*.cs", SearchOption.AllDirectories))
            .Where(static file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
            .Where(static file => !s_exceptions.Contains(Path.GetFileName(file)))
            .Where(static file => !file.Contains("/Northstar.Runtime/Init/", StringComparison.Ordinal) && !file.Contains("/Interop/", StringComparison.Ordinal));

    [TestCaseSource(nameof(Sources))]
    public void H92_Source_CallsNothingThatOnlyInitMayCall(string file)
    {
        IEnumerable<string> calls = Call().Matches(File.ReadAllText(file)).Select(static m => m.Groups[1].Value);
        Assert.That(calls.Intersect(s_banned), Is.Empty);
    }

    [TestCaseSource(nameof(Sources))]
    public void C15_Source_EndsTheProcessNowhere(string file)
    {
        // The one place is the host's last resort, when a fault has reached no handler on any thread.
        string[] lines = [.. File.ReadLines(file).Where(static line => Ending().IsMatch(line))];
        Assert.That(lines, Has.Length.EqualTo(Path.GetFileName(file) == "RuntimeService.cs" ? 1 : 0), string.Join('\n', lines));
    }

    [Test]
    public void H92_Bindings_OutsideOfInteropAndLibsodium_AreNone()
    {
        string[] files = [.. Sources().Where(static f => Import().IsMatch(File.ReadAllText(f))).Select(static f => Path.GetFileName(f))];
        Assert.That(files, Is.SubsetOf(new[] { "Ed25519.cs", "Libsodium.cs" }));
    }

    [Test]
    public void H92_BannedCalls_AreBound()
    {
        // A name that is misspelt would never be found.
        string[] bound = [.. typeof(Sys).GetMethods(BindingFlags.Static | BindingFlags.NonPublic).Select(static m => m.Name)];
        Assert.That(s_banned.Except(["vfork", "clone", "clone3", "execv", "chroot"]), Is.SubsetOf(bound));
        Assert.That(typeof(NorthstarRuntime).Assembly.GetReferencedAssemblies().Select(static a => a.Name), Does.Not.Contain("System.Diagnostics.Process"));
    }

    [GeneratedRegex(@"\bSys\.(\w+)\(")]
    private static partial Regex Call();

    [GeneratedRegex(@"\b(FailFast|Environment\.Exit|Debug\.(Assert|Fail)|Trace\.(Assert|Fail)|Process\.GetCurrentProcess\(\)\.Kill|Sys\._exit)\b")]
    private static partial Regex Ending();

    [GeneratedRegex(@"\[(LibraryImport|DllImport)\b")]
    private static partial Regex Import();
}
