using System.Security.Cryptography;

namespace AmqpBroker.Core.Users;

/// <summary>A password as RabbitMQ keeps it: four bytes of salt, then the hash over salt and password.</summary>
public static class PasswordHash
{
    private const int SaltBytes = 4;
    private const string NamePrefix = "rabbit_password_hashing_";

    /// <summary>The hash of a password, with fresh salt.</summary>
    public static byte[] Create(ReadOnlySpan<byte> password, PasswordHashing hashing = PasswordHashing.Sha256)
    {
        byte[] hash = new byte[SaltBytes + LengthOf(hashing)];
        RandomNumberGenerator.Fill(hash.AsSpan(0, SaltBytes));
        Compute(hashing, hash.AsSpan(0, SaltBytes), password, hash.AsSpan(SaltBytes));
        return hash;
    }

    /// <summary>Whether this is the password. An empty one never is. Takes the same time wherever they differ.</summary>
    public static bool Verify(ReadOnlySpan<byte> hash, ReadOnlySpan<byte> password, PasswordHashing hashing = PasswordHashing.Sha256)
    {
        if (password.IsEmpty || hash.Length != SaltBytes + LengthOf(hashing))
        {
            return false;
        }

        Span<byte> computed = stackalloc byte[LengthOf(hashing)];
        Compute(hashing, hash[..SaltBytes], password, computed);
        return CryptographicOperations.FixedTimeEquals(computed, hash[SaltBytes..]);
    }

    /// <summary>RabbitMQ's name of the algorithm.</summary>
    public static string NameOf(PasswordHashing hashing) => NamePrefix + hashing switch
    {
        PasswordHashing.Sha512 => "sha512",
        PasswordHashing.Md5 => "md5",
        _ => "sha256",
    };

    /// <summary>The algorithm of RabbitMQ's name; null for a name that is none.</summary>
    public static PasswordHashing? Parse(string name) => name switch
    {
        NamePrefix + "sha256" => PasswordHashing.Sha256,
        NamePrefix + "sha512" => PasswordHashing.Sha512,
        NamePrefix + "md5" => PasswordHashing.Md5,
        _ => null,
    };

    private static int LengthOf(PasswordHashing hashing) => hashing switch
    {
        PasswordHashing.Sha512 => SHA512.HashSizeInBytes,
        PasswordHashing.Md5 => MD5.HashSizeInBytes,
        _ => SHA256.HashSizeInBytes,
    };

    private static void Compute(PasswordHashing hashing, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> password, Span<byte> result)
    {
        using var hash = IncrementalHash.CreateHash(hashing switch
        {
            PasswordHashing.Sha512 => HashAlgorithmName.SHA512,
            PasswordHashing.Md5 => HashAlgorithmName.MD5,
            _ => HashAlgorithmName.SHA256,
        });
        hash.AppendData(salt);
        hash.AppendData(password);
        hash.GetHashAndReset(result);
    }
}
