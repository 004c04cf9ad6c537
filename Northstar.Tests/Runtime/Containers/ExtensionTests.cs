// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Northstar.Npk;
using Northstar.Runtime;
using Northstar.Runtime.Containers;

namespace Northstar.Tests.Runtime.Containers;

/// <summary>What <c>custom.northstar</c> of a manifest changes.</summary>
internal sealed class ExtensionTests
{
    [TestCase("", 7u)]
    [TestCase("custom: {northstar: {}}", 7u)]
    [TestCase("custom: {northstar: {pids: 64}}", 64u)]
    [TestCase("custom: {northstar: {pids: 0}}", 0u)]
    public void CgroupDefaults_Pids_AreThoseOfTheManifestOrTheOption(string yaml, uint pids)
    {
        Manifest manifest = ManifestReader.Parse(Encoding.UTF8.GetBytes("name: a\nversion: 1.0.0\ninit: /b\nuid: 1\ngid: 1\n" + yaml));

        Assert.That(ContainerStarter.CgroupDefaultsOf(manifest, new RuntimeOptions { DefaultPids = 7 }, new BindSources()).Pids, Is.EqualTo(pids));
    }
}
