namespace AmqpBroker.Storage;

/// <summary>Looks at the versions of all files of a journal before an opening changes any of them.</summary>
internal static class FormatCheck
{
    /// <summary>Does nothing, or refuses. What cannot be read is no reason: recovery deals with it.</summary>
    /// <exception cref="UnsupportedFormatException">A file is of a newer version.</exception>
    public static void Run(IFileSystem fileSystem, string directory)
    {
        byte[] start = new byte[SegmentHeader.Bytes + BatchLayout.HeaderBytes];
        foreach (string name in fileSystem.ListFiles(directory).Order(StringComparer.Ordinal))
        {
            bool isSegment = StoreNames.TryParseSegment(name, out _);
            bool isImages = StoreNames.TryParseImages(name, out _);
            if (!isSegment && !isImages && !StoreNames.TryParseManifest(name, out _))
            {
                continue;
            }

            string path = Path.Combine(directory, name);
            using IFile file = fileSystem.Open(path, create: false);
            ReadOnlySpan<byte> bytes = start.AsSpan(0, file.Read(0, start));
            try
            {
                if (!isSegment)
                {
                    CheckpointHeader.TryRead(bytes, isImages ? CheckpointHeader.ImagesMagic : CheckpointHeader.ManifestMagic, out _);
                    continue;
                }

                SegmentHeader.TryRead(bytes, out _);
                if (bytes.Length > SegmentHeader.Bytes)
                {
                    BatchHeader.TryRead(bytes[SegmentHeader.Bytes..], out _);
                }
            }
            catch (UnsupportedFormatException e)
            {
                throw e.In(path);
            }
        }
    }
}
