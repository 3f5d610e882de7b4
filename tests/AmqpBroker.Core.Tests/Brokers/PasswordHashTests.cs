using AmqpBroker.Core.Users;
using Xunit;

namespace AmqpBroker.Core.Tests.Brokers;

/// <summary>Passwords as RabbitMQ keeps them.</summary>
public sealed class PasswordHashTests
{
    [Theory]
    [InlineData(PasswordHashing.Sha256)]
    [InlineData(PasswordHashing.Sha512)]
    [InlineData(PasswordHashing.Md5)]
    public void A_hash_verifies_its_password_and_no_other(PasswordHashing hashing)
    {
        byte[] hash = PasswordHash.Create("secret"u8, hashing);
        Assert.True(PasswordHash.Verify(hash, "secret"u8, hashing));
        Assert.False(PasswordHash.Verify(hash, "Secret"u8, hashing));
        Assert.False(PasswordHash.Verify(hash, ""u8, hashing));
        Assert.NotEqual(hash, PasswordHash.Create("secret"u8, hashing));
    }

    [Theory]
    [InlineData("kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR", "test12", PasswordHashing.Sha256)]
    [InlineData("3q2+70VEWE0FqGYZ3RMNvezijod+raacSDqNV7zxX2jCGJrE+Ttmv27xiPDPLrdqK5P9/8A6XJ1WZEfOQ7i70LyGVak=", "secret", PasswordHashing.Sha512)]
    [InlineData("3q2+72hfYchy3Ny5FXLOhhISoU4=", "secret", PasswordHashing.Md5)]
    public void Hashes_that_were_made_elsewhere_are_understood(string hash, string password, PasswordHashing hashing)
    {
        byte[] bytes = Convert.FromBase64String(hash);
        Assert.True(PasswordHash.Verify(bytes, System.Text.Encoding.UTF8.GetBytes(password), hashing));
        Assert.False(PasswordHash.Verify(bytes, "other"u8, hashing));
    }

    [Fact]
    public void A_hash_of_another_length_verifies_nothing() => Assert.False(PasswordHash.Verify(new byte[3], "secret"u8));

    [Theory]
    [InlineData("rabbit_password_hashing_sha256", PasswordHashing.Sha256)]
    [InlineData("rabbit_password_hashing_sha512", PasswordHashing.Sha512)]
    [InlineData("rabbit_password_hashing_md5", PasswordHashing.Md5)]
    public void Algorithms_have_RabbitMQs_names(string name, PasswordHashing hashing)
    {
        Assert.Equal(hashing, PasswordHash.Parse(name));
        Assert.Equal(name, PasswordHash.NameOf(hashing));
    }

    [Fact]
    public void Other_names_are_none() => Assert.Null(PasswordHash.Parse("sha256"));
}
