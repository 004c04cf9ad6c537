// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Northstar.Api;
using Northstar.Runtime;
using Northstar.Runtime.Console;
using Northstar.Runtime.Engine;
using Northstar.Tests.Npk.Support;
using Northstar.Tests.Support;

namespace Northstar.Tests.Runtime.Engine;

/// <summary>The file that audit records are appended to.</summary>
public sealed class AuditFileTests
{
    private TestFolder _folder = null!;
    private LogCapture _logs = null!;

    private string FilePath => _folder["audit"];

    [SetUp]
    public void Make() => (_folder, _logs) = (new TestFolder(), new LogCapture());

    [TearDown]
    public void Remove()
    {
        _folder.Dispose();
        _logs.Dispose();
    }

    [Test]
    public void H79_Record_IsALineOfJsonWithItsFields_WhateverLevelsTheLogHas()
    {
        using (AuditFile file = Open())
        {
            var loggers = new AuditLoggers(NullLoggerFactory.Instance, file, new ManualTimeProvider());
            var audit = new ConsoleAudit(loggers.CreateLogger(ConsoleAudit.LogCategory), TimeProvider.System);
            audit.Denied("pid 7 uid 0", new Request.Install("a\"b\u001b\n", 1));
            Northstar.Runtime.Console.Log.Denied(loggers.CreateLogger("Northstar.Other"), "not", "for", "this file", default);
        }

        JsonElement record = JsonDocument.Parse(File.ReadAllLines(FilePath).Single()).RootElement;
        Assert.Multiple(() =>
        {
            Assert.That(record.EnumerateObject().Select(static p => p.Name), Is.EqualTo(new[] { "time", "level", "id", "event", "peer", "request", "target", "permission" }));
            Assert.That(DateTime.Parse(record.GetProperty("time").GetString()!, null), Is.GreaterThan(DateTime.UnixEpoch));
            Assert.That(record.GetProperty("id").GetInt32(), Is.EqualTo(5005));
            Assert.That(record.GetProperty("event").GetString(), Is.EqualTo("PermissionDenied"));
            Assert.That(record.GetProperty("level").GetString(), Is.EqualTo("warning"));
            Assert.That(record.GetProperty("target").GetString(), Is.EqualTo("repository a\"b\\u001b\\u000a"));
        });
    }

    [Test]
    public void H79_File_IsPrivateAndOnlyGrows()
    {
        File.WriteAllText(FilePath, "old\n");
        using (AuditFile file = Open())
        {
            file.Append("new\n"u8);
            Assert.That(OpenFlags(), Has.Some.Matches<int>(static f => (f & 0x400) != 0), "O_APPEND");
            Assert.That(OpenFlags(), Has.All.Matches<int>(static f => (f & 0x80000) != 0), "O_CLOEXEC");
        }

        Assert.That(File.ReadAllText(FilePath), Is.EqualTo("old\nnew\n"));
        File.Delete(FilePath);
        Open().Dispose();
        Assert.That((int)File.GetUnixFileMode(FilePath), Is.EqualTo(0x180), "0600");
        Assert.That(OpenFlags(), Is.Empty);
    }

    [Test]
    public void H79_FileThatIsNoFile_IsRefused()
    {
        File.CreateSymbolicLink(_folder["link"], "/dev/null");
        Tool.Run("mkfifo", _folder["fifo"]);
        Assert.Multiple(() =>
        {
            Assert.That(() => Open("link"), Throws.TypeOf<RuntimeException>().With.Message.StartsWith("audit_file: open").And.Message.Contains("ELOOP"));
            Assert.That(() => Open("fifo"), Throws.TypeOf<RuntimeException>().With.Message.Contains("ENXIO"));
            Assert.That(() => Open("no/audit"), Throws.TypeOf<RuntimeException>().With.Message.Contains("ENOENT"));
            Assert.That(() => AuditFile.Open("/dev/null", NullLogger.Instance, TimeProvider.System), Throws.TypeOf<RuntimeException>().With.Message.Contains("as a regular file"));
        });
    }

    [Test]
    public void H79_FileMovedAway_IsMadeAnew()
    {
        using AuditFile file = Open();
        file.Append("one\n"u8);
        File.Move(FilePath, _folder["audit.1"]);
        file.Append("two\n"u8);
        Assert.That((File.ReadAllText(_folder["audit.1"]), File.ReadAllText(FilePath)), Is.EqualTo(("one\n", "two\n")));
    }

    [Test]
    public void H79_FailureToWrite_IsLoggedOnceAndEndsNothing()
    {
        using AuditFile file = Open();
        Directory.CreateDirectory(_folder["away"]);
        File.Move(FilePath, _folder["away/audit"]);
        Directory.CreateDirectory(FilePath);
        file.Append("lost\n"u8);
        file.Append("lost\n"u8);
        Directory.Delete(FilePath);
        file.Append("kept\n"u8);

        Assert.That(File.ReadAllText(FilePath), Is.EqualTo("kept\n"));
        LogCapture.Record record = _logs.Records.Single();
        Assert.That((record.Event, record.Level), Is.EqualTo(("AuditUnwritten", LogLevel.Error)));
        Assert.That(record.Message, Does.Contain(FilePath).And.Contain("EISDIR"));
    }

    private AuditFile Open(string name = "audit") => AuditFile.Open(_folder[name], _logs.CreateLogger("test"), TimeProvider.System);

    /// <summary>The flags with which this process has the file open (proc_pid_fdinfo(5)).</summary>
    private int[] OpenFlags() => [.. Directory.GetFiles("/proc/self/fd")
        .Where(fd => new FileInfo(fd).LinkTarget == FilePath)
        .Select(static fd => File.ReadAllLines(fd.Replace("/fd/", "/fdinfo/", StringComparison.Ordinal))[1].Split('\t')[1])
        .Select(static octal => Convert.ToInt32(octal, 8))];
}
