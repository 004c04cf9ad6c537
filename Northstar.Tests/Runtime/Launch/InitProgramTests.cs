// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using Northstar.Runtime.Launch;
using Northstar.Tests.Npk.Support;

namespace Northstar.Tests.Runtime.Launch;

/// <summary>Where northstar-init is looked for.</summary>
internal sealed class InitProgramTests
{
    [Test]
    public void BesideTheApplication_ComesFirst()
    {
        using var folder = new TestFolder();
        string application = Make(folder, "app"), native = Make(folder, "runtimes/linux-x64/native");
        Assert.That(InitProgram.Find(application, native + "/:"), Is.EqualTo(Path.Combine(application, "northstar-init")));
    }

    [Test]
    public void OfABuildWithoutRuntimeIdentifier_IsFoundAmongTheNativeAssets()
    {
        using var folder = new TestFolder();
        string native = Make(folder, "runtimes/linux-x64/native");
        Assert.That(InitProgram.Find(folder.Path, $"/nonexistent/:{native}/:"), Is.EqualTo(Path.Combine(native, "northstar-init")));
    }

    [TestCase(null)]
    [TestCase("/nonexistent/:/none/")]
    public void AtNoPlace_NamesThePlacesAndTheOption(string? nativeDirectories)
    {
        using var folder = new TestFolder();
        FileNotFoundException e = Assert.Throws<FileNotFoundException>(() => InitProgram.Find(folder.Path, nativeDirectories))!;
        Assert.That(e.Message, Does.Contain(Path.Combine(folder.Path, "northstar-init")).And.Contain("InitPath"));
        Assert.That(e.Message, nativeDirectories is null ? Does.Not.Contain("/none") : Does.Contain("/none/northstar-init"));
    }

    private static string Make(TestFolder folder, string name)
    {
        string path = Directory.CreateDirectory(Path.Combine(folder.Path, name)).FullName;
        File.WriteAllText(Path.Combine(path, "northstar-init"), "");
        return path;
    }
}
