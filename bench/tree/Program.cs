// Copyright (c) The Northstar authors.
// SPDX-License-Identifier: Apache-2.0

// tree IMAGE: signs a ready image and throws the package away, so that what remains is its checksum and its hash tree.

using Northstar.Npk;

if (args is not [string image])
{
    Console.Error.WriteLine("usage: tree IMAGE");
    return 2;
}

using PrivateKey key = PrivateKey.Generate();
NpkBuilder.Pack(
    new NpkBuildOptions
    {
        Manifest = new Manifest { Name = ContainerName.Parse("bench"), Version = new PackageVersion(1, 0, 0), Uid = 1000, Gid = 1000 },
        ImagePath = image,
        Key = key,
        Salt = new byte[32],
        Uuid = Guid.Empty,
    },
    Stream.Null);
return 0;
