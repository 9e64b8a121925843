import AsyncHTTPClient
import ArgumentParser
import Configuration
import Hummingbird
import HummingbirdHTTP2
import HummingbirdTLS
import JWTKit
import CryptoExtras
print("consilium")
